//! A node's certificate: how much of its life is left, and what stops working when it ends.

use super::NodePage;
use crate::{
    components::{since::Since, state_badge::StateBadge},
    ui::{
        facts::{FactList, fact},
        section::Section,
    },
};
use leptos::prelude::*;
use read_models::{
    navigation::RouteId,
    nodes::{CertificateView, NodeDetail},
    time::Timestamp,
};

/// `/platform/nodes/:id/certificate`
#[component]
pub(crate) fn NodeCertificatePage() -> impl IntoView {
    view! { <NodePage route=RouteId::NodeCertificate tab=tab/> }
}

fn tab(node: NodeDetail) -> AnyView {
    let as_of = node.as_of;
    let body = match node.certificate {
        Some(certificate) => posture(certificate, as_of),
        None => view! { <p class="empty">"This node has no certificate yet: it gets one when its agent enrols."</p> }.into_any(),
    };
    view! { <Section title="Certificate" aside="what the node proves itself with">{body}</Section> }
        .into_any()
}

fn posture(certificate: CertificateView, as_of: Timestamp) -> AnyView {
    let life = certificate.not_after.since(certificate.not_before).as_secs().max(1);
    let gone = as_of.since(certificate.not_before).as_secs().min(life);
    view! {
        <div class="panel op">
            <p class="line"><StateBadge badge=certificate.posture/> <strong>{certificate.sentence}</strong></p>
            <progress class="life" max=life value=gone aria-label="How much of its life is over"></progress>
            <p class="line quiet-words">
                <span>"issued " <Since at=certificate.not_before as_of/></span>
                <span class="end">"ends " <Since at=certificate.not_after as_of/></span>
            </p>
            <FactList facts=vec![
                fact("Identity", view! { <code>{certificate.identity}</code> }),
                fact("Serial", view! { <code>{certificate.serial}</code> }),
                fact("Good from", format!("{} UTC", certificate.not_before.date_and_minute())),
                fact("Good until", format!("{} UTC", certificate.not_after.date_and_minute())),
            ]/>
        </div>
    }
    .into_any()
}
