//! What the bundle of a thing and a time would hold, beside a search of the audit.

use read_models::audit::AuditSearch;
use read_models::error::{ConsoleError, ErrorKind};
use read_models::evidence::{BundledOperation, ResourceBundleHolds, ResourceEvidence};
use read_models::ids::OperationId;
use read_models::time::Timestamp;

use super::Prepared;
use crate::console::Asking;

impl Asking {
    /// What is searched for, as a bundle: what it holds, or why there is none.
    pub(in crate::console::evidence) async fn resource_evidence(
        &self,
        search: &AuditSearch,
    ) -> Result<ResourceEvidence, ConsoleError> {
        let said = |name: &str| search.parts().iter().any(|(known, part)| *known == name && part.is_some());
        let mut evidence = ResourceEvidence {
            resource: search.resource.clone(),
            name: None,
            page: None,
            holds: None,
            refused: None,
            download: None,
            key: "/api/v1/evidence/key".to_owned(),
            key_id: self.state().evidence.public().id(),
        };
        if !said("resource") || !said("from") || search.read().is_err() {
            return Ok(evidence);
        }
        match self.bundled(search, &mut evidence).await {
            Ok(()) => Ok(evidence),
            Err(error) if error.kind == ErrorKind::Internal => Err(error),
            Err(error) => {
                let next = error.next_step.unwrap_or_default();
                Ok(ResourceEvidence {
                    refused: Some(format!("{} {next}", error.sentence).trim().to_owned()),
                    ..evidence
                })
            }
        }
    }

    async fn bundled(
        &self,
        search: &AuditSearch,
        evidence: &mut ResourceEvidence,
    ) -> Result<(), ConsoleError> {
        let (resource, time) = self.asked_of(search)?;
        let thing = self.thing(&resource).await?;
        evidence.name = Some(thing.name.clone());
        evidence.page.clone_from(&thing.page);
        let prepared = self.prepared(&thing, time).await?;
        evidence.holds = Some(holds(prepared));
        // The end is said, so that the file is of the time that is shown.
        let asked = AuditSearch {
            resource: Some(resource),
            from: Some(time.0.rfc3339()),
            until: Some(time.1.rfc3339()),
            ..AuditSearch::default()
        };
        evidence.download = Some(format!("/api/v1/evidence/bundle?{asked}"));
        Ok(())
    }
}

fn holds(prepared: Prepared) -> ResourceBundleHolds {
    let Prepared { bundle, own, segment } = prepared;
    let places = segment.places();
    let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
    let operation = |one: evidence::Recorded| {
        let subject = one.subject;
        let id = OperationId::parse(&subject.id).ok()?;
        Some(BundledOperation { id, title: subject.title, state: subject.state })
    };
    ResourceBundleHolds {
        from: Timestamp::from_micros(bundle.subject.from),
        until: Timestamp::from_micros(bundle.subject.until),
        first: bundle.claim.first,
        last: bundle.claim.last,
        events: count(own.len()),
        others: u32::try_from(places).unwrap_or(u32::MAX).saturating_sub(count(own.len())),
        intents: count(bundle.contents.intents.len()),
        decisions: count(bundle.contents.decisions.len()),
        observations: count(bundle.contents.observations.len()),
        outcomes: count(bundle.contents.outcomes.len()),
        operations: bundle.operations.into_iter().filter_map(operation).collect(),
        proved: bundle.claim.proved,
        not_proved: bundle.claim.not_proved,
        left_out: bundle.left_out,
    }
}
