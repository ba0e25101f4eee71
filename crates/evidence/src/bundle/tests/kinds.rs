//! Bundles of each kind over one chain, to be touched.

use serde_json::Value;

use super::*;

pub(super) fn key(byte: u8) -> SigningKey {
    SigningKey::from_seed(&[byte; 32]).unwrap()
}

pub(super) const OWN: &str = "op_1";
pub(super) const THING: &str = "node:node_1";

pub(super) fn event(seq: i64, kind: &str, operation: Option<&str>, body: &str) -> OwnedEvent {
    OwnedEvent {
        seq,
        at: 1_700_000_000_000_000 + seq,
        kind: kind.to_owned(),
        actor: "ada@example.org".to_owned(),
        sentence: format!("Event {seq} happened."),
        operation: operation.map(str::to_owned),
        step: (seq % 2 == 0).then_some(seq),
        project: None,
        resource: Some(if seq == 6 { "node:node_2".to_owned() } else { THING.to_owned() }),
        body: body.to_owned(),
        id: format!("{seq:032x}"),
    }
}

/// An operation's events among those of others.
pub(super) fn events() -> Vec<OwnedEvent> {
    let intent = r#"{"operation":"node.drain","plan_hash":"ab"}"#;
    vec![
        event(1, "node.connected", None, "null"),
        event(2, "audit.intent", Some(OWN), intent),
        OwnedEvent {
            resource: Some("node:node_3".to_owned()),
            ..event(3, "audit.intent", Some("op_2"), intent)
        },
        event(4, "step.observed", Some(OWN), r#"{"slots":4}"#),
        event(5, "audit.decision", Some(OWN), "null"),
        event(6, "node.connected", None, "null"),
        OwnedEvent {
            resource: None,
            ..event(7, "audit.outcome", Some(OWN), r#"{"state":"succeeded","debris":[]}"#)
        },
        event(8, "node.connected", None, "null"),
    ]
}

pub(super) fn is_of_operation(event: &OwnedEvent) -> bool {
    event.operation.as_deref() == Some(OWN)
}

fn is_of_thing(event: &OwnedEvent) -> bool {
    is_of_operation(event) || event.resource.as_deref() == Some(THING)
}

/// The chain, hashed by a version of the encoding, in stretches that end where they are cut.
pub(super) fn stretches_of(
    version: u32,
    cut_after: &[usize],
    signer: &SigningKey,
    own: fn(&OwnedEvent) -> bool,
) -> Vec<Stretch> {
    let (mut previous, mut all, mut entries, mut begins) = (String::new(), Vec::new(), Vec::new(), None);
    for (index, event) in events().into_iter().enumerate() {
        let as_event = event.as_event();
        let hash =
            if version == 2 { hash_v2(&previous, &as_event) } else { Link::of(&previous, &as_event).hash };
        begins.get_or_insert_with(|| previous.clone());
        let (seq, own) = (event.seq, own(&event));
        entries.push(Entry::of(&previous, event, hash.clone(), own).unwrap());
        previous.clone_from(&hash);
        if cut_after.contains(&index) || index == 7 {
            let checkpoint = Checkpoint::sign(signer, seq, &hash, 1_700_000_000_000_000 + seq * 10);
            let previous = begins.take().unwrap();
            all.push(Stretch { previous, entries: std::mem::take(&mut entries), checkpoint });
        }
    }
    all
}

pub(super) fn stretches(cut_after: &[usize], signer: &SigningKey) -> Vec<Stretch> {
    stretches_of(3, cut_after, signer, is_of_operation)
}

pub(super) fn draft(chain: Vec<Stretch>) -> Draft {
    let step = Step {
        number: 1,
        title: "Cordon".to_owned(),
        state: "observed".to_owned(),
        attempts: 1,
        observed_by: None,
        undo: "It is offered again.".to_owned(),
        begun_at: Some(1),
        acknowledged_at: Some(2),
        observed_at: Some(3),
        finished_at: Some(3),
        last_observation: Some("It is cordoned.".to_owned()),
    };
    let log = Log {
        of: "workload:wl_1".to_owned(),
        text: "hello\n".to_owned(),
        omitted_bytes: 7,
        received_at: None,
    };
    Draft {
        subject: Subject {
            id: OWN.to_owned(),
            operation: "node.drain".to_owned(),
            declaration: 1,
            title: "Drain node".to_owned(),
            target: "node:node_1".to_owned(),
            project: None,
            requested_by: "ada@example.org".to_owned(),
            requested_at: 1_700_000_000_000_000,
            plan_hash: "ab".to_owned(),
            state: "succeeded".to_owned(),
            state_since: 1_700_000_000_000_007,
            outcome: Some("It is empty.".to_owned()),
            debris: vec!["nothing much".to_owned()],
        },
        approvals: Approvals { given: Vec::new(), sentence: "None was needed.".to_owned() },
        steps: vec![step.clone(), Step { number: 2, ..step }],
        logs: vec![log],
        left_out: vec!["The beginning of a log.".to_owned()],
        chain,
    }
}

pub(super) fn bundle() -> Bundle {
    draft(stretches(&[], &key(1))).seal(&key(1), 9)
}

/// The part of the chain behind its first event, as a bundle of a thing holds it.
fn part_of_thing(version: u32) -> (Checkpoint, Stretch) {
    let mut all = stretches_of(version, &[0], &key(1), is_of_thing);
    let part = all.pop().unwrap();
    (all.pop().unwrap().checkpoint, part)
}

pub(super) fn entries_of_thing(version: u32) -> Vec<Entry> {
    part_of_thing(version).1.entries
}

pub(super) fn draft_of_thing(version: u32) -> ResourceDraft {
    let (before, part) = part_of_thing(version);
    let Draft { subject, approvals, steps, .. } = draft(Vec::new());
    let own = part.entries.iter().filter_map(|entry| match entry {
        Entry::Event { event, .. } => Some((event.seq, event.kind.as_str())),
        Entry::Other { .. } => None,
    });
    ResourceDraft {
        subject: Range {
            resource: THING.to_owned(),
            from: 1_700_000_000_000_010,
            until: 1_700_000_000_000_080,
        },
        told: version == 3,
        contents: Numbers::of(own),
        operations: vec![Recorded { subject, approvals, steps }],
        left_out: vec!["What workloads wrote.".to_owned()],
        before: Some(before),
        end: part.checkpoint.clone(),
    }
}

/// A bundle of a thing whose chain is of a version.
pub(super) fn of_thing(version: u32) -> ResourceBundle {
    draft_of_thing(version).seal(&key(1), 9).with(entries_of_thing(version))
}

/// A bundle of each kind, and one of a thing that happened before the chain told what events are about.
pub(super) fn wholes() -> [Value; 3] {
    [
        serde_json::to_value(bundle()).unwrap(),
        serde_json::to_value(of_thing(3)).unwrap(),
        serde_json::to_value(of_thing(2)).unwrap(),
    ]
}

/// The number of the first event in it.
pub(super) fn first(whole: &Value) -> i64 {
    let entry = &whole["chain"][0]["entries"][0];
    entry["seq"].as_i64().or_else(|| entry["event"]["seq"].as_i64()).unwrap()
}

/// An event stands as another's.
pub(super) fn hide(stretch: &mut Stretch, index: usize) {
    let before = index.checked_sub(1).map(|before| stretch.entries[before].hash().to_owned());
    let previous = before.unwrap_or_else(|| stretch.previous.clone());
    let Entry::Event { event, hash } = stretch.entries[index].clone() else { panic!("another entry") };
    stretch.entries[index] = Entry::of(&previous, event, hash, false).unwrap();
}

pub(super) fn verdict(bundle: &impl serde::Serialize) -> Result<Verdict, Misfit> {
    verify_bundle(&serde_json::to_vec_pretty(bundle).unwrap(), key(1).public())
}
