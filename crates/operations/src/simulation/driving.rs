//! What `drive` and the register promise beyond the machine: what steps are told, and what cannot be read.

use super::{
    schedule::Simulation,
    toy::{Brick, Build, Then},
    world::Faults,
};
use crate::{DriveError, OperationState, Register, Repeat, kit};

const OP: &str = "op_1";

fn asked(brick: Brick) -> Simulation {
    let simulation = Simulation::new(0, Faults::NONE);
    simulation.ask_for(OP, "castle", vec![brick]);
    simulation
}

#[test]
fn a_step_of_another_version_or_another_shape_is_not_touched_and_says_why() {
    for (version, payload, why) in [
        (2, None, "it was planned with version 2 of toy.build, this program has version 1"),
        (1, Some(serde_json::json!({ "wall": 1 })), "missing field `name`"),
    ] {
        let mut simulation = asked(Brick::new("a", Repeat::Observable));
        {
            let mut shared = simulation.world.shared();
            let record = &mut shared.store.rows.get_mut(OP).unwrap().record;
            record.version = version;
            if let Some(payload) = payload {
                record.steps[0].payload = payload;
            }
        }
        let error = simulation.first_error();
        let operation = OP.to_owned();
        assert_eq!(error, Some(DriveError::Unreadable { operation, why: why.to_owned() }));
        assert_eq!(simulation.world.shared().agents.ever(OP, 1), 0);
    }
}

#[test]
fn a_step_that_waited_for_another_is_told_a_deadline_in_the_future() {
    use super::agents::Behaviour;
    let mut simulation = asked(Brick::new("a", Repeat::Idempotent).then(Then::Ask));
    simulation.world.shared().agents.script.insert((1, false), vec![Behaviour::Never]);
    simulation.calm();
    assert_eq!(
        std::mem::take(&mut simulation.world.shared().agents.late_calls),
        1,
        "the last call, at the deadline"
    );
    simulation.world.shared().decide(OP, "prop");
    // The letter is answered at last, so that the step is asked about once more.
    simulation.world.shared().answer_letters();
    simulation.calm();
    assert_eq!(simulation.state(OP), OperationState::Succeeded);
    let shared = simulation.world.shared();
    assert_eq!(shared.store.rows[OP].record.steps.len(), 2);
    assert_eq!(shared.agents.late_calls, 0);
}

#[test]
fn the_same_plan_has_the_same_hash_and_another_one_another() {
    let simulation = asked(Brick::new("a", Repeat::Observable));
    let plan = |target: &str, bricks: Vec<Brick>| simulation.plan(target, bricks).hash;
    let a = || Brick::new("a", Repeat::Observable);
    assert_eq!(plan("castle", vec![a()]), plan("castle", vec![a()]));
    for (target, bricks) in [("bridge", vec![a()]), ("castle", vec![a(), a()]), ("castle", vec![a().stays()])]
    {
        assert_ne!(plan(target, bricks), plan("castle", vec![a()]), "{target}");
    }
}

#[test]
fn the_kit_has_nothing_to_say_about_a_complete_declaration() {
    let register = Register::default().with::<Build>();
    assert_eq!(kit::complaints(register.all()[0].as_ref()), Vec::<String>::new());
    assert!(register.find("toy.burn").is_none());
    for (text, is) in [("It is so.", true), ("it is so.", false), ("It is so", false), ("", false)] {
        assert_eq!(kit::is_sentence(text), is, "{text}");
    }
}
