//! What must hold whenever an operation is over, however it went.

use evidence::{Head, Link, OwnedEvent, verify_after, verify_bundle};
use operations::OperationState;
use read_models::ids::{EnrolmentTokenId, InvitationId, OperationId, WorkloadId};
use read_models::nodes::NodePolicy;
use read_models::operation::TargetKind;
use read_models::workloads::WorkloadState;

use super::{Site, launched_by, proof};
use crate::args;
use crate::projections::evidence_bundle;
use crate::projections::workload_standing::is_active;
use crate::store::db::StoreError;
use crate::store::events::{self, StoredEvent};
use crate::store::operations::StoredOperation;
use crate::store::{checkpoints, enrolment_tokens, invitations, workloads};
use crate::workers::checkpoints::turn as signs_checkpoints;
use crate::workers::sequencer;

impl Site {
    /// Goes on until the operation is over; whenever a person is asked, the last thing offered is chosen.
    pub(crate) async fn settles(&mut self, id: &OperationId) -> StoredOperation {
        for _ in 0..20 {
            self.run_until_it_rests().await;
            let operation = self.operation(id).await;
            if operation.record.state.is_over() {
                return operation;
            }
            let attention = operation.record.attention.as_ref();
            let Some(last) = attention.and_then(|attention| attention.choices.last()) else {
                panic!("{} rests and nobody is asked: {:#?}", operation.operation, operation.record);
            };
            Box::pin(self.decides(&self.admin(), id, &last.id)).await.unwrap();
        }
        panic!("somebody is asked again and again");
    }

    /// The promises, each with what led here.
    pub(crate) async fn keeps_its_promises(&mut self, id: &OperationId, context: &str) {
        let operation = self.operation(id).await;
        let context = format!("{} {context}: {:?}", operation.operation, operation.record.outcome);
        assert!(operation.record.state.is_over(), "{context}");
        self.says_so_in_the_audit(id, &context).await;
        self.proves_itself(id, &context).await;
        self.holds_nothing(id, &context).await;
        self.slots_are_reclaimed().await;
        let state = operation.record.state;
        match operation.target.kind {
            TargetKind::Node => self.has_the_policy_it_says(&operation, &context).await,
            TargetKind::Platform if operation.operation.starts_with("action_item.") => {
                self.leaves_alone_what_it_says(&operation, &context).await;
            }
            TargetKind::Platform if operation.operation == "bulk.run" => {
                self.has_the_children_it_says(&operation, &context).await;
            }
            TargetKind::Platform if operation.operation.starts_with("platform.") => {
                self.stands_still_as_it_says(&operation, &context).await;
            }
            TargetKind::Platform if operation.operation.starts_with("sku.") => {
                self.has_the_sku_it_says(&operation, &context).await;
            }
            TargetKind::Sku => self.sku_is_as_it_says(&operation, &context).await,
            TargetKind::Platform if operation.operation == "onboarding.begin" => {
                self.has_the_onboarding_it_says(&operation, &context).await;
            }
            TargetKind::Onboarding => self.onboarding_is_as_it_says(&operation, &context).await,
            TargetKind::Platform if super::is_of_evidence(&operation.operation) => {
                self.has_the_evidence_it_says(&operation, &context).await;
            }
            TargetKind::Platform => self.has_the_token_it_says(&operation, &context).await,
            TargetKind::EnrolmentToken => self.has_revoked_what_it_says(&operation, &context).await,
            TargetKind::People if operation.operation == "approval_policy.set" => {
                self.has_the_policy_of_approval_it_says(&operation, &context).await;
            }
            TargetKind::People => self.has_the_invitation_it_says(&operation, &context).await,
            TargetKind::Operation => self.is_with_whom_it_says(&operation, &context).await,
            TargetKind::User => self.has_the_account_it_says(&operation, &context).await,
            TargetKind::Project if operation.operation == "bulk.run_in_project" => {
                self.has_the_children_it_says(&operation, &context).await;
            }
            TargetKind::Project => {
                let is_there =
                    workloads::find_system(&mut &self.state.db, &proof(), &launched_by(id)).await.is_ok();
                assert!(is_there || state != OperationState::Succeeded, "{context}");
                if is_there {
                    self.slot_is_right(&launched_by(id), state, &context).await;
                }
            }
            TargetKind::Workload => {
                let workload = WorkloadId::parse(&operation.target.id).unwrap();
                self.slot_is_right(&workload, state, &context).await;
                self.workload_is_as_it_says(&operation, &workload, &context).await;
            }
        }
        assert!(self.agent.starts.values().all(|times| *times == 1), "{context}: {:?}", self.agent.starts);
    }

    /// Every event, numbered, and proved to be one chain from the first to the last.
    pub(crate) async fn whole_chain(&mut self) -> &[StoredEvent] {
        while sequencer::turn(&self.state).await.unwrap() > 0 {}
        assert_eq!(events::lag(&self.state.db).await.unwrap(), 0);
        let known =
            self.chain.last().map_or(Head::genesis(), |last| Head { seq: last.seq, hash: last.hash.clone() });
        let new = events::after(&self.state.db, &proof(), known.seq, i64::MAX).await.unwrap();
        verify_after(known, new.iter().map(linked)).unwrap();
        self.chain.extend(new);
        &self.chain
    }

    async fn says_so_in_the_audit(&mut self, id: &OperationId, context: &str) {
        let all = self.whole_chain().await;
        let own: Vec<_> = all.iter().filter(|event| event.operation.as_ref() == Some(id)).collect();
        let count = |kind: &str| own.iter().filter(|event| event.kind == kind).count();
        assert_eq!((count("audit.intent"), count("audit.outcome")), (1, 1), "{context}");
        assert_eq!(own.first().unwrap().kind, "audit.intent", "{context}");
        assert_eq!(own.last().unwrap().kind, "audit.outcome", "{context}");
    }

    /// Its bundle fits, says how it ended, and holds every event of it.
    async fn proves_itself(&mut self, id: &OperationId, context: &str) {
        let (state, known) = (self.operation(id).await.record.state, self.whole_chain().await);
        let own = known.iter().filter(|event| event.operation.as_ref() == Some(id)).count();
        checkpoints::want(&self.state.db, &proof()).await.unwrap();
        signs_checkpoints(&self.state).await.unwrap();
        let bundle = self.console(&self.admin()).bundle(id).await.expect(context);
        let file = serde_json::to_vec(&bundle).unwrap();
        let verdict = verify_bundle(&file, self.state.evidence.public()).expect(context);
        let is_over = matches!(verdict.of, evidence::OfWhat::Operation { is_over: true, .. });
        assert_eq!((verdict.events, is_over), (own, true), "{context}");
        assert_eq!(
            bundle.subject.state,
            crate::projections::operation_words::state(state).key(),
            "{context}"
        );
        assert!(verdict.skipped.is_empty(), "{context}: {:?}", verdict.skipped);
    }

    async fn holds_nothing(&self, id: &OperationId, context: &str) {
        const LOCKS: &str = "SELECT COUNT(*) AS count FROM operation_lock WHERE operation_id = $1";
        const LEFT: &str = "SELECT COUNT(*) AS count FROM operation
            WHERE id = $1 AND (wake_at IS NOT NULL OR lease_owner IS NOT NULL OR lease_until <> 0)";
        for (sql, what) in [(LOCKS, "locks"), (LEFT, "a lease or a time to wake")] {
            let row = self.state.db.row(sql, args![id]).await.unwrap().unwrap();
            assert_eq!(row.int("count").unwrap(), 0, "{context}: it still has {what}");
        }
    }

    async fn has_the_policy_it_says(&self, operation: &StoredOperation, context: &str) {
        let policy = self.node().await.policy;
        let (before, after) = match operation.operation.as_str() {
            "node.drain" | "node.disable_scheduling" => (NodePolicy::InService, NodePolicy::Cordoned),
            "node.resume" | "node.enable_scheduling" => (NodePolicy::Cordoned, NodePolicy::InService),
            "node.begin_maintenance" => (NodePolicy::InService, NodePolicy::Maintenance),
            "node.end_maintenance" => (NodePolicy::Maintenance, NodePolicy::InService),
            _ => (policy, policy),
        };
        match operation.record.state {
            OperationState::Succeeded => assert_eq!(policy, after, "{context}"),
            OperationState::Failed | OperationState::Cancelled => assert_eq!(policy, before, "{context}"),
            OperationState::Stuck => assert!(!operation.record.debris.is_empty(), "{context}"),
            OperationState::Planned | OperationState::Queued | OperationState::Running => panic!("{context}"),
        }
        self.has_the_hold_it_says(operation, policy, context).await;
        for workload in workloads::of_node(&mut &self.state.db, &proof(), &self.node).await.unwrap() {
            assert!(is_active(workload.state), "{context}: {} holds a slot and is over", workload.name);
            let is_asked = workload.stop_requested_at.is_some();
            assert!(
                !is_asked || operation.record.state == OperationState::Stuck,
                "{context}: still asked to end"
            );
        }
    }

    /// What an operation on a workload was for is so when it succeeded, and else is not, or somebody is told what is left.
    async fn workload_is_as_it_says(&self, operation: &StoredOperation, id: &WorkloadId, context: &str) {
        let (workload, state) = (self.workload(id).await, operation.record.state);
        let is_so = match operation.operation.as_str() {
            "workload.release" => workload.state == WorkloadState::Released,
            "workload.stop" => workload.state == WorkloadState::Stopped && self.holds_slot(id).await,
            "workload.start" | "workload.restart" | "workload.retry" => {
                let over = workload.state == WorkloadState::Finished && workload.exit_code == Some(0);
                let slot = if operation.operation == "workload.retry" { "failed" } else { "stopped" };
                let back = workload.state.key() == slot || workload.run == 1;
                assert!(
                    state == OperationState::Succeeded || state == OperationState::Stuck || back,
                    "{context}"
                );
                (workload.state == WorkloadState::Running || over) && workload.run == 2
            }
            "workload.acknowledge" => workload.acknowledged.is_some(),
            "workload.archive" => workload.archived_at.is_some(),
            unknown => panic!("say what {unknown} promises"),
        };
        // What has stopped stays stopped, whoever changes their mind.
        let stays = operation.operation == "workload.stop";
        let may_be = state == OperationState::Succeeded || !operation.record.debris.is_empty() || stays;
        assert!(if is_so { may_be } else { state != OperationState::Succeeded }, "{context}");
    }

    /// Who keeps a node out of service is written down, and only then; undone, it is who it was before.
    async fn has_the_hold_it_says(&self, operation: &StoredOperation, policy: NodePolicy, context: &str) {
        let hold = self.node().await.policy_hold;
        match operation.record.state {
            OperationState::Succeeded if policy != NodePolicy::InService => {
                assert!(hold.is_some_and(|hold| hold.operation == operation.id), "{context}");
            }
            OperationState::Succeeded => assert_eq!(hold, None, "{context}"),
            OperationState::Failed | OperationState::Cancelled => {
                assert!(hold.is_none_or(|hold| hold.operation != operation.id), "{context}");
            }
            OperationState::Stuck
            | OperationState::Planned
            | OperationState::Queued
            | OperationState::Running => {}
        }
    }

    async fn has_revoked_what_it_says(&self, operation: &StoredOperation, context: &str) {
        let id = EnrolmentTokenId::parse(&operation.target.id).unwrap();
        let token = enrolment_tokens::find(&mut &self.state.db, &proof(), &id).await.unwrap();
        let may_be =
            operation.record.state == OperationState::Succeeded || !operation.record.debris.is_empty();
        assert!(
            if token.revoked_at.is_some() {
                may_be
            } else {
                operation.record.state != OperationState::Succeeded
            },
            "{context}"
        );
    }

    async fn has_the_invitation_it_says(&self, operation: &StoredOperation, context: &str) {
        let id = match operation.operation.as_str() {
            "user.invite" => InvitationId::from_uuid(operation.id.digits()),
            _ => InvitationId::parse(operation.input["invitation"].as_str().unwrap()).unwrap(),
        };
        let open = match invitations::find(&mut &self.state.db, &proof(), &id).await {
            Ok(found) => found.revoked_at.is_none(),
            Err(StoreError::NotFound) => false,
            Err(error) => panic!("{context}: {error}"),
        };
        let succeeded = operation.record.state == OperationState::Succeeded;
        let told = !operation.record.debris.is_empty();
        match operation.operation.as_str() {
            "user.invite" => assert!(told || open == succeeded, "{context}"),
            _ => assert!(if open { !succeeded } else { succeeded || told }, "{context}"),
        }
    }

    async fn has_the_token_it_says(&self, operation: &StoredOperation, context: &str) {
        let id = EnrolmentTokenId::from_uuid(operation.id.digits());
        let good = match enrolment_tokens::find(&mut &self.state.db, &proof(), &id).await {
            Ok(token) => token.revoked_at.is_none(),
            Err(StoreError::NotFound) => false,
            Err(error) => panic!("{context}: {error}"),
        };
        if operation.record.state != OperationState::Stuck {
            assert_eq!(good, operation.record.state == OperationState::Succeeded, "{context}");
        }
    }

    /// A slot is held as long as something may run in it, and no longer.
    async fn slot_is_right(&self, id: &WorkloadId, state: OperationState, context: &str) {
        let workload = self.workload(id).await;
        let holds = self.holds_slot(id).await;
        if state == OperationState::Stuck {
            assert!(holds || !self.agent.runs(id), "{context}: it runs in a slot that is given away");
            return;
        }
        let keeps = workload.state == WorkloadState::Stopped && workload.keeps_slot;
        assert_eq!(holds, is_active(workload.state) || keeps, "{context}: {:?}", workload.state);
        assert!(holds || !self.agent.holds(id), "{context}: the node keeps what it has no slot for");
    }
}

fn linked(event: &StoredEvent) -> (OwnedEvent, Link) {
    let link = Link { seq: event.seq, hash: event.hash.clone(), previous: event.prev_hash.clone() };
    (evidence_bundle::owned(event), link)
}
