//! Agents with no machine behind them: admitted only where that was said, and labelled for good.

use ::server::clock::Clock as _;
use ::server::store::testing::on_both;
use ::server::store::{enrolment_attempts, incidents, nodes};
use node_protocol::{RefusalCode, ToAgent};
use read_models::onboarding::AttemptReason;

use crate::fake_agent::{Identity, enrolled, enrolled_as};
use crate::server::{Server, proof};
use crate::sessions::eventually;

fn simulated(name: &str) -> Identity {
    Identity { name: Some(name.to_owned()), simulated: true, ..Identity::new() }
}

#[tokio::test]
async fn a_server_takes_only_real_machines_unless_it_was_told_otherwise_and_says_whom_it_refused() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let token = server.issues_a_token(None).await;
        let refusal = simulated("sim-01").enrols(&server, &token).await.unwrap_err();
        assert_eq!(refusal.code, RefusalCode::SimulatedNotAdmitted);
        assert!(refusal.next_step.contains("--admit-simulated"), "{}", refusal.next_step);
        assert!(nodes::list(&server.state.db, &proof(), None, 10).await.unwrap().is_empty());
        let noted =
            enrolment_attempts::newest(&server.state.db, &proof(), server.clock.now(), 10).await.unwrap();
        assert_eq!(
            noted.iter().map(|one| one.reason).collect::<Vec<_>>(),
            [AttemptReason::SimulatedNotAdmitted]
        );
        // The token is as good as before: the refusal used nothing up.
        let real = Identity::new().enrols(&server, &token).await.unwrap();
        assert!(!server.node(&real.node_id).await.simulated);
    })
    .await;
}

#[tokio::test]
async fn a_simulated_node_is_labelled_from_its_enrolment_on_whatever_its_agent_says_later() {
    on_both(async |db| {
        let server = Server::admitting_simulated(db).await;
        let mut agent = enrolled_as(&server, simulated("sim-01")).await;
        assert!(server.node(&agent.node).await.simulated);
        agent.simulated = false;
        let (_, answer) = agent.greets(&server).await;
        assert!(matches!(answer, ToAgent::Welcome { .. }), "{answer:?}");
        assert!(server.node(&agent.node).await.simulated, "it cannot lose its label");
        let counts = nodes::counts(&server.state.db, &proof()).await.unwrap();
        assert_eq!((counts.all, counts.simulated), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_real_node_whose_agent_says_that_it_is_simulated_is_refused_or_labelled_with_an_event() {
    on_both(async |db| {
        let server = Server::on(db.clone()).await;
        let mut agent = enrolled(&server, "worker-1").await;
        agent.simulated = true;
        let (_, answer) = agent.greets(&server).await;
        let ToAgent::Refused { code, .. } = answer else { panic!("{answer:?}") };
        assert_eq!(code, "simulated_not_admitted");
        assert!(!server.node(&agent.node).await.simulated);
        // It is refused, so nothing of it counts; who is on call learns of it.
        let is_told = async || {
            let told = incidents::newest(&server.state.db, &proof(), 10).await.unwrap();
            told.iter().any(|incident| incident.kind == "simulated_node")
        };
        eventually("an incident", is_told).await;
    })
    .await;
    on_both(async |db| {
        let server = Server::admitting_simulated(db).await;
        let mut agent = enrolled(&server, "worker-1").await;
        agent.simulated = true;
        let (_session, answer) = agent.greets(&server).await;
        assert!(matches!(answer, ToAgent::Welcome { .. }), "{answer:?}");
        assert!(server.node(&agent.node).await.simulated);
        assert!(server.events().await.contains(&"node.labelled_simulated".to_owned()));
    })
    .await;
}
