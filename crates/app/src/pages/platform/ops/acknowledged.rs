//! What somebody has acknowledged: by whom, why, until when, and how it is brought back before.

use crate::{
    components::{evidence_link::EvidenceLink, since::Since},
    endpoint::Endpoint,
    ui::section::Section,
};
use leptos::prelude::*;
use read_models::{navigation::Address, nodes::ActionItem, operation::OperationCard, time::Timestamp};

/// Nothing when nothing is: that the queue is empty says so already.
pub(super) fn acknowledged(
    items: Vec<ActionItem>,
    reopen: &OperationCard,
    as_of: Timestamp,
) -> Option<AnyView> {
    if items.is_empty() {
        return None;
    }
    let rows = items.into_iter().filter_map(|item| row(item, reopen, as_of)).collect_view();
    Some(
        view! {
            <Section title="Acknowledged" aside="comes back when that expires, or when it changes" field="acknowledged">
                <ul class="panel own">{rows}</ul>
            </Section>
        }
        .into_any(),
    )
}

fn row(item: ActionItem, reopen: &OperationCard, as_of: Timestamp) -> Option<impl IntoView + use<>> {
    let (key, known) = (item.key?, item.acknowledged?);
    let about = key.clone();
    let (off, reason) = (!reopen.button.enabled, reopen.button.reason.clone());
    let address = item.address.to_string();
    Some(view! {
        <li class="rowx" data-acknowledged=about>
            <div>
                <strong><a href=address>{item.title.clone()}</a></strong>
                <small>{item.reason}</small>
                <small>"“" {known.reason} "” – " {known.by} ", " <Since at=known.at as_of/> "; comes back " <Since at=known.until as_of/> ". " <EvidenceLink operation=known.operation/></small>
            </div>
            <div class="end">
                <form class="row-form" method="post" action=Endpoint::Plan.to_string()>
                    <input type="hidden" name="operation" value=reopen.operation.clone()/>
                    <input type="hidden" name="target" value=reopen.target.to_string()/>
                    <input type="hidden" name="back" value=Address::Ops.to_string()/>
                    <input type="hidden" name="input.item" value=key/>
                    <button class="btn small" type="submit" disabled=off title=reason>"Reopen…" <span class="unseen">" " {item.title}</span></button>
                </form>
            </div>
        </li>
    })
}
