//! What must hold of an operation on many when it is over: each target had at most one operation for each try, and what
//! is said of it is so.

use operations::OperationState;
use read_models::operation::{BulkOutcome, OperationState as State};
use read_models::operations::OperationsConsole as _;

use super::{Site, proof};
use crate::args;
use crate::store::bulks::{self, Standing};
use crate::store::operations::StoredOperation;

impl Site {
    pub(crate) async fn has_the_children_it_says(&self, operation: &StoredOperation, context: &str) {
        let targets = bulks::targets(&mut &self.state.db, &proof(), &operation.id).await.unwrap();
        let mut succeeded = 0;
        for target in &targets {
            let ever = self.ever_on(&target.target.id, operation).await;
            assert!(ever <= u64::from(target.attempt), "{context}: {} has {ever}", target.name);
            match target.standing() {
                Standing::Succeeded => succeeded += 1,
                Standing::Running | Standing::Waiting => panic!("{context}: {} is not over", target.name),
                Standing::LeftOut => assert_eq!(ever, 0, "{context}"),
                Standing::Failed | Standing::NotStarted => {}
            }
        }
        let all = targets.iter().filter(|target| target.included).count();
        let state = operation.record.state;
        assert!(state != OperationState::Succeeded || succeeded == all, "{context}");
        let view = self.console(&self.admin()).operation(operation.id.clone()).await.unwrap();
        let bulk = view.bulk.expect("it is a bulk");
        assert!(targets.is_empty() || bulk.targets.len() == targets.len(), "{context}");
        assert_eq!(bulk.over, bulk.of, "{context}");
        for one in bulk.targets.iter().filter(|one| one.outcome == BulkOutcome::Succeeded) {
            let child = self.operation(one.operation.as_ref().unwrap()).await;
            assert_eq!(child.state, State::Succeeded, "{context}");
            assert_eq!(child.requested_by, operation.requested_by, "{context}");
        }
    }

    /// How many operations this one ever had on a target.
    async fn ever_on(&self, target: &str, parent: &StoredOperation) -> u64 {
        const EVER: &str = "SELECT COUNT(*) AS found FROM bulk_child c JOIN operation o ON o.id = c.child_id
            WHERE c.parent_id = $1 AND o.target_id = $2";
        let row = self.state.db.row(EVER, args![&parent.id, target]).await.unwrap().unwrap();
        u64::try_from(row.int("found").unwrap()).unwrap()
    }
}
