//! What did an operation leave over, and what clears it?

use super::view::made;
use crate::console::Asking;
use crate::store::operations::StoredOperation;
use operations::{Clearing, Leftover, On};
use read_models::error::{ConsoleError, ErrorKind};
use read_models::ids::{EnrolmentTokenId, OnboardingId, SkuId, WorkloadId};
use read_models::operation::{Clears, LeftoverView, Target, TargetKind};

/// What an operation of an older version left does not say what clears it.
const NOT_KNOWN: &str =
    "It was left by an older version, which did not say what clears it: look at what it is about.";

impl Asking {
    /// What is left over, each with the card that clears it.
    pub(super) async fn leftovers(
        &self,
        stored: &StoredOperation,
    ) -> Result<Vec<LeftoverView>, ConsoleError> {
        let mut views = Vec::with_capacity(stored.record.debris.len());
        for left in &stored.record.debris {
            views.push(self.leftover(stored, left).await?);
        }
        Ok(views)
    }

    async fn leftover(
        &self,
        stored: &StoredOperation,
        left: &Leftover,
    ) -> Result<LeftoverView, ConsoleError> {
        let sentence = left.sentence.clone();
        let by_hand = |instead: &str| LeftoverView {
            sentence: sentence.clone(),
            cleared_by: None,
            by_hand: Some(instead.to_owned()),
        };
        let (operation, on) = match &left.clearing {
            Some(Clearing::Operation { operation, on }) => (operation, on),
            Some(Clearing::Hand { sentence: instead }) => return Ok(by_hand(instead)),
            None => return Ok(by_hand(NOT_KNOWN)),
        };
        match target_of(stored, operation, on) {
            Some(target) => {
                let cleared_by = self.clears(operation, target).await?;
                Ok(LeftoverView { sentence, cleared_by: Some(cleared_by), by_hand: None })
            }
            None => Ok(by_hand(NOT_KNOWN)),
        }
    }

    async fn clears(&self, operation: &str, target: Target) -> Result<Clears, ConsoleError> {
        let declared = self.declaration(operation)?;
        let found = match self.target_of(operation, &target).await {
            Ok(found) => Some(found.view),
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Denied) => None,
            Err(error) => return Err(error),
        };
        let (address, anchor) = match &found {
            // Whose people they are decides on which page they stand.
            Some(people) if target.kind == TargetKind::People => (Some(people.address.clone()), None),
            Some(_) => {
                let (address, anchor) = Self::place_of_card(declared, &target);
                (Some(address), anchor)
            }
            None => (None, None),
        };
        let name = found.map(|found| found.name);
        let title = declared.title.to_owned();
        Ok(Clears { operation: operation.to_owned(), title, target, name, address, anchor })
    }
}

/// On what it is carried out.
fn target_of(stored: &StoredOperation, operation: &str, on: &On) -> Option<Target> {
    match on {
        On::Its => Some(stored.target.clone()),
        On::Target(text) => text.parse().ok(),
        On::Made => made(stored).or_else(|| made_by(stored, operation)),
    }
}

/// What is made has the digits of the operation that made it; told apart by what clears it.
fn made_by(stored: &StoredOperation, cleared_by: &str) -> Option<Target> {
    let digits = stored.id.digits();
    let (kind, id) = match cleared_by.split('.').next()? {
        "workload" => (TargetKind::Workload, WorkloadId::from_uuid(digits).to_string()),
        "sku" => (TargetKind::Sku, SkuId::from_uuid(digits).to_string()),
        "onboarding" => (TargetKind::Onboarding, OnboardingId::from_uuid(digits).to_string()),
        "enrolment_token" => (TargetKind::EnrolmentToken, EnrolmentTokenId::from_uuid(digits).to_string()),
        _ => return None,
    };
    Some(Target { kind, id })
}
