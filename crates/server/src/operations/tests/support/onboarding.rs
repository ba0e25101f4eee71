//! Onboardings of a test, and what must hold of one when an operation on it is over.

use operations::OperationState;
use read_models::ids::{EnrolmentTokenId, OnboardingId};
use read_models::nodes::NodeRole;
use read_models::onboarding::OnboardingMode;
use read_models::operation::TargetKind;
use serde_json::{Value, json};

use super::{Scene, Site, nothing, proof, target};
use crate::clock::Clock as _;
use crate::store::db::StoreError;
use crate::store::onboardings::{self, NewOnboarding, Onboarding, TakenToken};
use crate::store::operations::StoredOperation;

/// The name of the machine, which is the name the site's tokens are for.
const NAME: &str = "worker-7";

impl Scene {
    pub(crate) fn on_onboarding(operation: &str, id: &OnboardingId, input: Value) -> Self {
        Self { operation: operation.to_owned(), target: target(TargetKind::Onboarding, id.as_str()), input }
    }
}

impl Site {
    /// What has to be there for an operation on an onboarding.
    pub(crate) async fn onboarding_scene(&mut self, operation: &str) -> Scene {
        if operation == "onboarding.begin" {
            return Scene::on_platform(operation, json!({ "mode": "manual", "site": "row 4" }));
        }
        let id = self.has_an_onboarding().await;
        let input = match operation {
            "onboarding.choose" => json!({ "role": "slice_host", "node_name": self.fresh("hx-") }),
            "onboarding.abandon" => json!({ "reason": "The machine is broken." }),
            "onboarding.use_token" => {
                self.has_chosen(&id, Some(NAME)).await;
                json!({ "token": self.has_a_token().await })
            }
            unknown => panic!("write a scene for {unknown}"),
        };
        Scene::on_onboarding(operation, &id, input)
    }

    /// One that somebody began.
    pub(crate) async fn has_an_onboarding(&self) -> OnboardingId {
        let id = OnboardingId::from_uuid(&self.state.ids.uuid());
        let new = NewOnboarding {
            id: &id,
            begun_by: "ops@example.org",
            begun_at: self.clock.now(),
            mode: OnboardingMode::Manual,
            site: None,
        };
        let mut tx = self.state.db.begin().await.unwrap();
        onboardings::begin(&mut tx, &proof(), new).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// Somebody chose role and name for it.
    pub(crate) async fn has_chosen(&self, id: &OnboardingId, name: Option<&str>) {
        let mut tx = self.state.db.begin().await.unwrap();
        onboardings::choose(&mut tx, &proof(), id, Some(NodeRole::SliceHost), name).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// It waits for the machine with this token.
    pub(crate) async fn has_taken(&self, id: &OnboardingId, token: &EnrolmentTokenId) {
        let its_own = TakenToken { id: token.clone(), at: self.clock.now() };
        let mut tx = self.state.db.begin().await.unwrap();
        onboardings::take_token(&mut tx, &proof(), id, Some(&its_own)).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn onboarding(&self, id: &OnboardingId) -> Onboarding {
        onboardings::find(&mut &self.state.db, &proof(), id).await.unwrap()
    }

    /// What was begun is there when it succeeded, and else is not.
    pub(super) async fn has_the_onboarding_it_says(&self, operation: &StoredOperation, context: &str) {
        let id = OnboardingId::from_uuid(operation.id.digits());
        let is_there = match onboardings::find(&mut &self.state.db, &proof(), &id).await {
            Ok(found) => found.site.as_deref() == Some("row 4"),
            Err(StoreError::NotFound) => false,
            Err(error) => panic!("{context}: {error}"),
        };
        if operation.record.state != OperationState::Stuck {
            assert_eq!(is_there, operation.record.state == OperationState::Succeeded, "{context}");
        }
    }

    /// What was chosen, taken or given up is so when it succeeded, and else is as it was before.
    pub(super) async fn onboarding_is_as_it_says(&self, operation: &StoredOperation, context: &str) {
        let id = OnboardingId::parse(&operation.target.id).unwrap();
        let found = self.onboarding(&id).await;
        let is_so = match operation.operation.as_str() {
            "onboarding.choose" => found.node_name.as_deref() == operation.input["node_name"].as_str(),
            "onboarding.use_token" => {
                found.token.is_some_and(|token| operation.input["token"] == token.id.as_str())
            }
            "onboarding.abandon" => found.abandoned.is_some(),
            unknown => panic!("say what {unknown} promises"),
        };
        if operation.record.state != OperationState::Stuck {
            assert_eq!(is_so, operation.record.state == OperationState::Succeeded, "{context}");
        }
    }

    /// A token that was issued for an onboarding is its own.
    pub(crate) async fn issues_for(&mut self, id: &OnboardingId) -> EnrolmentTokenId {
        let issue = Scene::on_platform("enrolment_token.issue", json!({ "onboarding": id }));
        let operation = self.asks(&self.admin(), &issue).await;
        assert_eq!(self.settles(&operation).await.record.state, OperationState::Succeeded);
        EnrolmentTokenId::from_uuid(operation.digits())
    }

    /// Gives it up.
    pub(crate) async fn gives_up(&mut self, id: &OnboardingId) {
        let operation =
            self.asks(&self.admin(), &Scene::on_onboarding("onboarding.abandon", id, nothing())).await;
        assert_eq!(self.settles(&operation).await.record.state, OperationState::Succeeded);
    }
}
