//! Where a workload could be placed now, and why not elsewhere: every node is judged against what a SKU takes.
//!
//! Memory and GPUs are dealt out once: what the SKUs of running workloads add up to is not there for another. Processors
//! are shared by the slots of a node, so a SKU only must not want more of them than the machine has.

use crate::authz::SystemProof;
use crate::store::db::{Reader, StoreError};
use crate::store::placement::{self, Room};
use crate::store::skus::{Placement, Sku};
use read_models::nodes::{NodePolicy, NodeRole, NodeState};

/// Every node that is here, as placement sees it.
#[derive(Debug, Clone, Default)]
pub struct PlacementFacts {
    rooms: Vec<Room>,
}

/// A node, judged for a SKU.
#[derive(Debug, Clone)]
pub struct Judged<'a> {
    pub room: &'a Room,
    /// How many of the SKU it could hold if it were empty; 0 when it never can.
    pub capacity: i64,
    /// How many more of the SKU it takes now, or why none.
    pub free: Result<i64, Excluded>,
}

/// Why a node takes no more of a SKU now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Excluded {
    /// It takes the SKU, and everything that would do is held.
    Full,
    /// Operators keep it out of service.
    OutOfService(Hold),
    /// It is not ready.
    NotReady,
    /// It is for something else.
    OtherRole,
    /// It is too small, or has not the GPUs.
    TooSmall(Lack),
    /// Its agent has not said how large it is.
    SizeUnknown,
}

/// How operators keep a node out of service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hold {
    Cordoned,
    Draining,
    Maintenance,
}

/// What a machine has too little of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    Gpus,
    Memory,
    Cpus,
}

impl PlacementFacts {
    /// Looks at every node that is here.
    pub async fn load(from: &mut impl Reader, by: &SystemProof) -> Result<Self, StoreError> {
        Ok(Self { rooms: placement::rooms(from, by).await? })
    }

    /// Every node, judged; the order is that of their names.
    pub fn judge(&self, sku: &Sku) -> Vec<Judged<'_>> {
        self.rooms.iter().map(|room| judge(room, sku)).collect()
    }

    /// The first node that takes one more.
    pub fn choose(&self, sku: &Sku) -> Option<&Room> {
        self.judge(sku).into_iter().find(|judged| judged.free.is_ok()).map(|judged| judged.room)
    }
}

impl Hold {
    const fn of(policy: NodePolicy) -> Option<Self> {
        match policy {
            NodePolicy::InService => None,
            NodePolicy::Cordoned => Some(Self::Cordoned),
            NodePolicy::Draining | NodePolicy::Retired => Some(Self::Draining),
            NodePolicy::Maintenance => Some(Self::Maintenance),
        }
    }
}

/// What a node could hold of a SKU if it were empty and in service, then what it takes now.
fn judge<'a>(room: &'a Room, sku: &Sku) -> Judged<'a> {
    let excluded = |capacity, why| Judged { room, capacity, free: Err(why) };
    let capacity = match capacity(room, sku) {
        Ok(capacity) => capacity,
        Err(why) => return excluded(0, why),
    };
    if let Some(hold) = Hold::of(room.policy) {
        return excluded(0, Excluded::OutOfService(hold));
    }
    if room.state != NodeState::Ready {
        return excluded(0, Excluded::NotReady);
    }
    let slots = room.slots_total.unwrap_or(0).saturating_sub(room.held);
    let memory = room.memory_bytes.unwrap_or(0).saturating_sub(room.held_memory);
    let gpus = room.gpu_count.unwrap_or(0).saturating_sub(room.held_gpus);
    let free = match sku.placement {
        Placement::BareMetal => i64::from(room.held == 0),
        Placement::Slice => {
            slots.min(times(memory, sku.memory_bytes)).min(times(gpus, sku.gpu_count)).clamp(0, capacity)
        }
    };
    if free == 0 { excluded(capacity, Excluded::Full) } else { Judged { room, capacity, free: Ok(free) } }
}

fn capacity(room: &Room, sku: &Sku) -> Result<i64, Excluded> {
    let wanted = match sku.placement {
        Placement::BareMetal => NodeRole::BareMetal,
        Placement::Slice => NodeRole::SliceHost,
    };
    if room.role != wanted {
        return Err(Excluded::OtherRole);
    }
    let (Some(slots), Some(cpus), Some(memory)) = (room.slots_total, room.cpus, room.memory_bytes) else {
        return Err(Excluded::SizeUnknown);
    };
    let gpus = times_of_gpus(room, sku)?;
    if memory < sku.memory_bytes {
        return Err(Excluded::TooSmall(Lack::Memory));
    }
    if cpus < sku.cpus {
        return Err(Excluded::TooSmall(Lack::Cpus));
    }
    Ok(match sku.placement {
        Placement::BareMetal => 1,
        Placement::Slice => slots.min(times(memory, sku.memory_bytes)).min(gpus),
    })
}

/// How often the machine's GPUs would do; for a SKU without GPUs that is no limit.
fn times_of_gpus(room: &Room, sku: &Sku) -> Result<i64, Excluded> {
    let Some(model) = sku.gpu_model.as_ref().filter(|_| sku.gpu_count > 0) else { return Ok(i64::MAX) };
    let Some(count) = room.gpu_count else { return Err(Excluded::SizeUnknown) };
    if room.gpu_model.as_ref() != Some(model) || count < sku.gpu_count {
        return Err(Excluded::TooSmall(Lack::Gpus));
    }
    Ok(times(count, sku.gpu_count))
}

/// How often a part fits into a whole; what takes nothing is no limit.
fn times(whole: i64, part: i64) -> i64 {
    if part <= 0 { i64::MAX } else { whole.max(0) / part }
}

#[cfg(test)]
mod tests {
    use super::*;
    use read_models::ids::{NodeId, SkuId};
    use read_models::time::Timestamp;

    const GIB: i64 = 1 << 30;

    fn room() -> Room {
        Room {
            node: NodeId::from_uuid(&format!("{:032x}", 1)),
            name: "hx-1".to_owned(),
            role: NodeRole::SliceHost,
            policy: NodePolicy::InService,
            state: NodeState::Ready,
            slots_total: Some(4),
            cpus: Some(8),
            memory_bytes: Some(64 * GIB),
            gpu_model: Some("H200".to_owned()),
            gpu_count: Some(8),
            held: 0,
            held_memory: 0,
            held_gpus: 0,
            simulated: false,
        }
    }

    fn sku(placement: Placement, (cpus, gib, gpus): (i64, i64, i64)) -> Sku {
        Sku {
            id: SkuId::from_uuid(&format!("{:032x}", 2)),
            name: "s".to_owned(),
            title: "S".to_owned(),
            placement,
            cpus,
            memory_bytes: gib * GIB,
            gpu_model: (gpus > 0).then(|| "H200".to_owned()),
            gpu_count: gpus,
            price_microcents_per_hour: 0,
            created_at: Timestamp::from_micros(0),
            retired_at: None,
            revision: 1,
        }
    }

    fn judged(change: impl FnOnce(&mut Room), sku: &Sku) -> (i64, Result<i64, Excluded>) {
        let mut room = room();
        change(&mut room);
        let judged = super::judge(&room, sku);
        (judged.capacity, judged.free)
    }

    #[test]
    fn a_slice_takes_a_slot_and_its_share_of_memory_and_gpus() {
        let slice = |gib, gpus| sku(Placement::Slice, (2, gib, gpus));
        assert_eq!(judged(|_| {}, &slice(1, 0)), (4, Ok(4)), "the slots are the limit");
        assert_eq!(judged(|_| {}, &slice(32, 0)), (2, Ok(2)), "the memory is");
        assert_eq!(judged(|_| {}, &slice(1, 3)), (2, Ok(2)), "the GPUs are");
        let one_held = |room: &mut Room| (room.held, room.held_memory, room.held_gpus) = (1, 40 * GIB, 6);
        assert_eq!(judged(one_held, &slice(1, 0)), (4, Ok(3)));
        assert_eq!(judged(one_held, &slice(32, 0)), (2, Err(Excluded::Full)), "24 GiB are left");
        assert_eq!(judged(one_held, &slice(1, 3)), (2, Err(Excluded::Full)), "2 GPUs are left");
        assert_eq!(judged(|room| room.held = 4, &slice(1, 0)), (4, Err(Excluded::Full)));
        assert_eq!(judged(|room| room.held_memory = 99 * GIB, &slice(1, 0)), (4, Err(Excluded::Full)));
    }

    #[test]
    fn bare_metal_takes_a_whole_machine_or_none() {
        let whole = sku(Placement::BareMetal, (8, 64, 8));
        let bare = |held| move |room: &mut Room| (room.role, room.held) = (NodeRole::BareMetal, held);
        assert_eq!(judged(bare(0), &whole), (1, Ok(1)));
        assert_eq!(judged(bare(1), &whole), (1, Err(Excluded::Full)));
        assert_eq!(judged(|_| {}, &whole), (0, Err(Excluded::OtherRole)));
        assert_eq!(judged(bare(0), &sku(Placement::Slice, (1, 1, 0))), (0, Err(Excluded::OtherRole)));
    }

    #[test]
    fn what_is_too_small_unknown_out_of_service_or_not_ready_says_so() {
        use Excluded::{NotReady, OutOfService, SizeUnknown, TooSmall};
        let small = sku(Placement::Slice, (1, 1, 0));
        let with_gpu = sku(Placement::Slice, (1, 1, 1));
        assert_eq!(judged(|_| {}, &sku(Placement::Slice, (9, 1, 0))).1, Err(TooSmall(Lack::Cpus)));
        assert_eq!(judged(|_| {}, &sku(Placement::Slice, (1, 65, 0))).1, Err(TooSmall(Lack::Memory)));
        assert_eq!(judged(|_| {}, &sku(Placement::Slice, (1, 1, 9))).1, Err(TooSmall(Lack::Gpus)));
        let other_gpu = |room: &mut Room| room.gpu_model = Some("H100".to_owned());
        assert_eq!(judged(other_gpu, &with_gpu).1, Err(TooSmall(Lack::Gpus)));
        assert_eq!(judged(|room| room.gpu_count = None, &with_gpu).1, Err(SizeUnknown));
        assert_eq!(judged(|room| room.gpu_count = None, &small), (4, Ok(4)), "it wants none");
        assert_eq!(judged(|room| room.slots_total = None, &small).1, Err(SizeUnknown));
        assert_eq!(judged(|room| room.cpus = None, &small).1, Err(SizeUnknown));
        for (policy, hold) in [
            (NodePolicy::Cordoned, Hold::Cordoned),
            (NodePolicy::Draining, Hold::Draining),
            (NodePolicy::Maintenance, Hold::Maintenance),
        ] {
            assert_eq!(judged(|room| room.policy = policy, &small), (0, Err(OutOfService(hold))));
        }
        assert_eq!(judged(|room| room.state = NodeState::Unreachable, &small), (0, Err(NotReady)));
    }
}
