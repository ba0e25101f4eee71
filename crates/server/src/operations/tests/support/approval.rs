//! What needs approval in tests, and what must hold whenever an operation on that is over.

use operations::OperationState;
use read_models::ids::OperationId;

use super::{Site, proof};
use crate::store::approval_policies::{self, Needs, Policy};
use crate::store::operations::StoredOperation;

impl Site {
    /// Nothing needs a second person anywhere.
    pub(crate) async fn needs_no_approval(&self) {
        self.has_approval_policy("platform", None).await;
    }

    /// What destroys something needs a second person: on the platform, or in a project.
    pub(crate) async fn needs_approval(&self, scope: &str) {
        let new = Policy {
            needs: Needs::Destructive,
            operation: OperationId::from_uuid(&self.state.ids.uuid()),
            by: "ops@example.org".to_owned(),
            at: self.state.clock.now(),
        };
        self.has_approval_policy(scope, Some(&new)).await;
    }

    async fn has_approval_policy(&self, scope: &str, policy: Option<&Policy>) {
        let mut tx = self.state.db.begin().await.unwrap();
        approval_policies::set(&mut tx, &proof(), scope, policy).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The policy is another one exactly when the operation says so.
    pub(super) async fn has_the_policy_of_approval_it_says(
        &self,
        operation: &StoredOperation,
        context: &str,
    ) {
        let now = approval_policies::find(&mut &self.state.db, &proof(), &operation.target.id).await.unwrap();
        if operation.record.state != OperationState::Stuck {
            let is_so = now.is_some_and(|policy| policy.operation == operation.id);
            assert_eq!(is_so, operation.record.state == OperationState::Succeeded, "{context}");
        }
    }
}
