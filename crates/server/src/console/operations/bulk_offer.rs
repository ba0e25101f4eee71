//! What can be asked for on many things of a list: by whom, of whom, and the form that came back with errors.

use crate::console::Asking;
use crate::console::targets::Found;
use crate::operations::BulkOver;
use crate::projections::operation_words;
use crate::store::form_drafts;
use operations::Declaration;
use read_models::error::{ConsoleError, FieldError};
use read_models::ids::{DraftId, ProjectId};
use read_models::operation::{BulkOffer, BulkOperation, Target, TargetKind, TargetView};
use std::collections::BTreeMap;

impl Asking {
    /// What can be asked for on many nodes; and why not, for who may not.
    pub(in crate::console) async fn offer_on_nodes(
        &self,
        draft: Option<&DraftId>,
    ) -> Result<BulkOffer, ConsoleError> {
        let platform = Target { kind: TargetKind::Platform, id: "platform".to_owned() };
        self.offer_in_bulk(BulkOver::Nodes, platform, draft).await
    }

    /// What can be asked for on many workloads of a project; none for who may not operate them.
    pub(in crate::console) async fn offer_on_workloads(
        &self,
        project: &ProjectId,
        draft: Option<&DraftId>,
    ) -> Result<Option<BulkOffer>, ConsoleError> {
        let project = Target { kind: TargetKind::Project, id: project.as_str().to_owned() };
        let offer = self.offer_in_bulk(BulkOver::Workloads, project, draft).await?;
        Ok(Some(offer).filter(|offer| offer.denied.is_none()))
    }

    /// What can be asked for on many, and what was typed into a form that came back.
    async fn offer_in_bulk(
        &self,
        over: BulkOver,
        target: Target,
        draft: Option<&DraftId>,
    ) -> Result<BulkOffer, ConsoleError> {
        let known = |id: &&str| self.state().register.find(id).map(|known| known.declaration());
        let found = self.target(&target).await?;
        let of_each = |declared: &Declaration| {
            let one = Found { view: TargetView { kind: over.of(), ..found.view.clone() }, ..found.clone() };
            self.may_operate(declared, &one).is_ok()
        };
        let denied = self.may_operate(self.declaration(over.id())?, &found).err();
        let operations = over.operations().iter().filter_map(known);
        let operations = operations.filter(|declared| denied.is_some() || of_each(declared));
        let mut offer = BulkOffer {
            bulk: over.id().to_owned(),
            target,
            target_kind: over.of(),
            operations: operations
                .map(|declared| BulkOperation {
                    operation: declared.id.to_owned(),
                    title: declared.title.to_owned(),
                    danger: operation_words::danger(declared.danger),
                })
                .collect(),
            ticked: Vec::new(),
            typed: BTreeMap::new(),
            errors: Vec::new(),
            denied: denied.map(|denied| format!("It is not yours to do. {}", denied.next_step())),
        };
        let Some(draft) = draft else { return Ok(offer) };
        let kept = form_drafts::find(&self.state().db, &self.who()?.user_id, draft).await;
        let kept = kept.map_err(|error| self.broken(error))?.filter(|kept| kept.operation == over.id());
        if let Some(kept) = kept {
            offer.ticked = kept.fields.get("targets").map(|words| ticked(words)).unwrap_or_default();
            offer.errors = kept.errors.into_iter().map(beside).collect();
            offer.typed = kept.fields;
        }
        Ok(offer)
    }
}

fn ticked(words: &str) -> Vec<String> {
    words.split_whitespace().map(str::to_owned).collect()
}

/// What is wrong, with the name of its field: the form has no place beside each.
fn beside(error: FieldError) -> String {
    match error.pointer.rsplit('/').next().filter(|name| !name.is_empty()) {
        Some(name) => format!("{}: {}", name.replace('_', " "), error.sentence),
        None => error.sentence,
    }
}
