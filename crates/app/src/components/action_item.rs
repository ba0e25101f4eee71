//! Something that needs a person: what, why, since when, and the operation to run next. On every workbench.

use super::{operation_progress::handed_line, simulated::simulated, since::Since, slow::slow};
use leptos::prelude::*;
use read_models::{navigation::Address, nodes::ActionItem, operation::HandOverView, time::Timestamp};

/// The item as a panel.
#[component]
pub(crate) fn ActionPanel(item: Item, as_of: Timestamp) -> impl IntoView {
    let until = item.until.map(|until| view! { " · shown until " <Since at=until as_of/> });
    let href = match &item.operation {
        Some(operation) => format!("{}#{operation}", item.address),
        None => item.address.to_string(),
    };
    let beside =
        item.beside.map(|(words, address)| view! { <a class="btn" href=address.to_string()>{words}</a> });
    let acknowledge =
        item.acknowledge.map(|key| view! { <a class="btn" href=acknowledge_at(&key)>"Acknowledge…"</a> });
    let handed = item.handed.map(|handed| handed_line(handed, as_of));
    let evidence = item.evidence.map(|evidence| view! { <a href=evidence.to_string()>"Evidence"</a> });
    view! {
        <article class="panel act">
            <header class="line">
                {item.tick}
                <h3>{item.title}</h3>
                {item.badge}
                <small class="end"><Since at=item.since as_of/> {until}</small>
            </header>
            <p>{item.reason}</p>
            {slow(item.above_sla)}
            {handed}
            <p class="line"><a class="btn primary" href=href>{item.label}</a> {beside} {acknowledge} {evidence}</p>
        </article>
    }
}

/// What the panel says.
pub(crate) struct Item {
    pub(crate) title: String,
    pub(crate) badge: AnyView,
    /// The box that takes it into an operation on many.
    pub(crate) tick: Option<AnyView>,
    pub(crate) reason: String,
    pub(crate) since: Timestamp,
    pub(crate) until: Option<Timestamp>,
    pub(crate) address: Address,
    pub(crate) label: String,
    /// The operation whose card on that page is meant.
    pub(crate) operation: Option<String>,
    /// Where else one may want to look first.
    pub(crate) beside: Option<(&'static str, Address)>,
    pub(crate) evidence: Option<Address>,
    /// What it is to the card that acknowledges items; none for what is acknowledged elsewhere or not at all.
    pub(crate) acknowledge: Option<String>,
    /// Why an operation on it takes longer than usual.
    pub(crate) above_sla: Option<String>,
    /// Who looks after it.
    pub(crate) handed: Option<HandOverView>,
}

/// The card that acknowledges, with this item chosen. A key has no sign that means something in an address.
fn acknowledge_at(key: &str) -> String {
    format!("{}?item={key}#action_item.acknowledge", Address::Ops)
}

impl From<ActionItem> for Item {
    fn from(item: ActionItem) -> Self {
        Self {
            title: item.title,
            badge: simulated(item.simulated).into_any(),
            tick: None,
            reason: item.reason,
            since: item.since,
            until: None,
            address: item.address,
            label: item.label,
            operation: item.next_operation,
            beside: None,
            evidence: None,
            acknowledge: item.key,
            above_sla: None,
            handed: item.handed,
        }
    }
}
