//! Why a SKU can or cannot be placed, in words: how many nodes were considered, and what speaks against each.
//!
//! Tenants learn how many; only who may read nodes learns which.

use crate::facts::{Excluded, Hold, Judged, Lack};
use read_models::compute::{ExcludedNodes, NodeRef, PlacementView};
use std::collections::BTreeMap;

/// How a SKU was judged. The nodes are named when `names_nodes`.
pub fn view(judged: &[Judged<'_>], names_nodes: bool) -> PlacementView {
    let candidates: Vec<_> = judged.iter().filter(|judged| judged.free.is_ok()).collect();
    let mut groups: BTreeMap<Excluded, Vec<&Judged<'_>>> = BTreeMap::new();
    for judged in judged {
        if let Err(why) = judged.free {
            groups.entry(why).or_default().push(judged);
        }
    }
    let names = |of: &[&Judged<'_>]| {
        let refs = of.iter().filter(|_| names_nodes);
        refs.map(|judged| NodeRef {
            id: judged.room.node.clone(),
            name: judged.room.name.clone(),
            simulated: judged.room.simulated,
        })
        .collect()
    };
    PlacementView {
        considered: count(judged.len()),
        candidates: count(candidates.len()),
        simulated_candidates: count(candidates.iter().filter(|judged| judged.room.simulated).count()),
        candidate_nodes: names(&candidates),
        excluded: groups
            .into_iter()
            .map(|(why, of)| ExcludedNodes {
                sentence: sentence(why, of.len()),
                count: count(of.len()),
                nodes: names(&of),
            })
            .collect(),
    }
}

/// Why no node takes one more: the sentence, and the operation that would help most. None when one does.
pub fn nowhere(judged: &[Judged<'_>]) -> Option<(String, &'static str)> {
    if judged.iter().any(|judged| judged.free.is_ok()) {
        return None;
    }
    let Some(nearest) = judged.iter().filter_map(|judged| judged.free.err()).min() else {
        return Some(("No machine has been brought in yet.".to_owned(), "enrolment_token.issue"));
    };
    let capacity: i64 = judged.iter().map(|judged| judged.capacity).sum();
    if nearest == Excluded::Full {
        let sentence = match capacity {
            1 => "The only place for it is held.".to_owned(),
            all => format!("All {all} places for it are held."),
        };
        return Some((sentence, "workload.release"));
    }
    let reasons: Vec<_> = view(judged, false).excluded.into_iter().map(|group| group.sentence).collect();
    Some((format!("No node takes it now: {}.", reasons.join(", ")), way_out(nearest)))
}

const fn way_out(why: Excluded) -> &'static str {
    match why {
        Excluded::Full => "workload.release",
        Excluded::OutOfService(Hold::Cordoned | Hold::Draining) => "node.resume",
        Excluded::OutOfService(Hold::Maintenance) => "node.end_maintenance",
        Excluded::NotReady => "node.probe",
        Excluded::SizeUnknown => "node.refresh_inventory",
        Excluded::OtherRole | Excluded::TooSmall(_) => "enrolment_token.issue",
    }
}

fn sentence(why: Excluded, nodes: usize) -> String {
    let is = if nodes == 1 { "is" } else { "are" };
    let has = if nodes == 1 { "has" } else { "have" };
    match why {
        Excluded::Full => format!("{nodes} {is} full"),
        Excluded::OutOfService(Hold::Cordoned) => format!("{nodes} {is} cordoned"),
        Excluded::OutOfService(Hold::Draining) => format!("{nodes} {is} being drained"),
        Excluded::OutOfService(Hold::Maintenance) => format!("{nodes} {is} in maintenance"),
        Excluded::NotReady => format!("{nodes} {is} not ready"),
        Excluded::OtherRole => format!("{nodes} {is} for something else"),
        Excluded::TooSmall(Lack::Gpus) => format!("{nodes} {has} not the GPUs"),
        Excluded::TooSmall(Lack::Memory) => format!("{nodes} {has} too little memory"),
        Excluded::TooSmall(Lack::Cpus) => format!("{nodes} {has} too few vCPUs"),
        Excluded::SizeUnknown => format!(
            "{nodes} {has} not said how large {it}",
            it = if nodes == 1 { "it is" } else { "they are" }
        ),
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::placement::Room;
    use read_models::ids::NodeId;
    use read_models::nodes::{NodePolicy, NodeRole, NodeState};

    fn room(number: u32) -> Room {
        Room {
            node: NodeId::from_uuid(&format!("{number:032x}")),
            name: format!("hx-{number}"),
            role: NodeRole::SliceHost,
            policy: NodePolicy::InService,
            state: NodeState::Ready,
            slots_total: Some(4),
            cpus: Some(8),
            memory_bytes: Some(1 << 40),
            gpu_model: None,
            gpu_count: None,
            held: 0,
            held_memory: 0,
            held_gpus: 0,
            simulated: false,
        }
    }

    fn said(outcomes: &[Result<i64, Excluded>], capacity: i64) -> Option<(String, &'static str)> {
        let rooms: Vec<_> = (0..).zip(outcomes).map(|(number, _)| room(number)).collect();
        let judged: Vec<_> =
            rooms.iter().zip(outcomes).map(|(room, free)| Judged { room, capacity, free: *free }).collect();
        nowhere(&judged)
    }

    #[test]
    fn the_sentence_says_what_stands_in_the_way_and_what_would_help_soonest() {
        use Excluded::{Full, NotReady, OutOfService, TooSmall};
        assert_eq!(said(&[Err(NotReady), Ok(2)], 4), None);
        assert_eq!(said(&[], 0).unwrap().1, "enrolment_token.issue");
        let full = said(&[Err(Full), Err(NotReady)], 2).unwrap();
        assert_eq!(full, ("All 4 places for it are held.".to_owned(), "workload.release"));
        let out = [
            Err(TooSmall(Lack::Gpus)),
            Err(OutOfService(Hold::Maintenance)),
            Err(OutOfService(Hold::Maintenance)),
        ];
        let out = said(&out, 0).unwrap();
        assert_eq!(out.0, "No node takes it now: 2 are in maintenance, 1 has not the GPUs.");
        assert_eq!(out.1, "node.end_maintenance");
    }

    #[test]
    fn nodes_are_named_only_to_who_may_read_them() {
        let (one, other) = (room(1), room(2));
        let judged = [
            Judged { room: &one, capacity: 4, free: Ok(3) },
            Judged { room: &other, capacity: 4, free: Err(Excluded::Full) },
        ];
        let known = view(&judged, true);
        assert_eq!((known.considered, known.candidates), (2, 1));
        assert_eq!(known.candidate_nodes[0].name, "hx-1");
        assert_eq!(known.excluded[0].nodes[0].name, "hx-2");
        let hidden = view(&judged, false);
        assert!(hidden.candidate_nodes.is_empty() && hidden.excluded[0].nodes.is_empty());
        assert_eq!(hidden.excluded[0].sentence, "1 is full");
    }
}
