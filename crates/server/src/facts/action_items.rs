//! What needs an operator now: operations that ask or got stuck, nodes that are not well, who was refused at the door; and
//! what of it somebody has acknowledged.
//!
//! An acknowledgement is of one item since one time. The same trouble that begins again is another item.

use crate::operations::World;
use crate::projections::node_row;
use crate::store::acknowledgements::{self, Acknowledgement};
use crate::store::db::StoreError;
use crate::store::hand_overs::{self, HandOver};
use crate::store::incidents::{self, Incident};
use crate::store::nodes::{self, NodeRecord};
use crate::store::operations::{self as stored, StoredOperation};
use crate::store::verifications::{self, Verification};
use read_models::nodes::Overlay;
use read_models::operation::TargetKind;
use read_models::time::Timestamp;
use std::fmt;
use std::time::Duration;

/// So many of each kind are looked at.
const MOST: usize = 100;
/// One more is read, to know.
const READ: i64 = 101;
/// So long does what was refused or got stuck ask for somebody.
const ACTIONABLE: Duration = Duration::from_hours(24);

/// Everything that needs an operator, acknowledged or not.
#[derive(Debug, Clone)]
pub struct ActionItems {
    pub now: Timestamp,
    asking: Vec<StoredOperation>,
    stuck: Vec<StoredOperation>,
    nodes: Vec<NodeRecord>,
    refused: Vec<Incident>,
    broken: Option<Verification>,
    acknowledged: Vec<Acknowledgement>,
    handed: Vec<HandOver>,
    /// Whether there is more of a kind than was looked at.
    pub more: bool,
}

/// One thing that needs an operator.
#[derive(Debug, Clone)]
pub struct Item<'a> {
    pub key: ItemKey,
    pub since: Timestamp,
    pub what: What<'a>,
    /// By whom it was acknowledged, while that lasts.
    pub acknowledged: Option<&'a Acknowledgement>,
    /// To whom it was handed, when it is an operation.
    pub handed: Option<&'a HandOver>,
}

/// What an item is about.
#[derive(Debug, Clone)]
pub enum What<'a> {
    /// An operation asks a person.
    Asks(&'a StoredOperation),
    /// An operation got stuck; or it left something over, and somebody has it.
    Stuck(&'a StoredOperation),
    /// A node is not well.
    NotWell(&'a NodeRecord, Overlay),
    /// Somebody was refused at the door.
    Refused(&'a Incident),
    /// The audit chain does not fit.
    Broken(&'a Verification),
}

/// Names an item: `node:nod_…:silent`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ItemKey {
    about: &'static str,
    id: String,
    /// Which trouble.
    code: String,
}

impl ItemKey {
    /// The key in a text; none when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let (about, id, code) = (parts.next()?, parts.next()?, parts.next()?);
        let about = ["chain", "incident", "node", "operation"].into_iter().find(|known| *known == about)?;
        let is_word = |word: &str| {
            (1..=80).contains(&word.len())
                && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        };
        let whole = parts.next().is_none() && is_word(id) && is_word(code);
        whole.then(|| Self { about, id: id.to_owned(), code: code.to_owned() })
    }

    /// Whether both are about one thing.
    pub fn is_about_the_same(&self, other: &Self) -> bool {
        self.about == other.about && self.id == other.id
    }

    /// Whether both are one kind of trouble.
    pub fn is_of_the_same_kind(&self, other: &Self) -> bool {
        self.about == other.about && self.code == other.code
    }
}

impl fmt::Display for ItemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.about, self.id, self.code)
    }
}

impl Item<'_> {
    /// Its name, the same for as long as it is the same item.
    pub fn name(&self) -> String {
        let on =
            |operation: &StoredOperation| format!("{} …{}", operation.operation, tail(operation.id.as_str()));
        match &self.what {
            What::Asks(operation) => format!("{} asks", on(operation)),
            What::Stuck(operation) => format!("{} is stuck", on(operation)),
            What::NotWell(node, overlay) => format!("{}: {}", node.name, overlay.word),
            What::Refused(incident) => {
                format!("refused at the door {} UTC", incident.at.date_and_minute())
            }
            What::Broken(_) => "the audit chain does not fit".to_owned(),
        }
    }

    /// Whether a node is what it is about.
    pub fn is_about_a_node(&self) -> bool {
        match &self.what {
            What::NotWell(..) => true,
            What::Asks(operation) | What::Stuck(operation) => operation.target.kind == TargetKind::Node,
            What::Refused(_) | What::Broken(_) => false,
        }
    }
}

impl ActionItems {
    /// Looks at everything that may need an operator.
    pub async fn load(world: &World) -> Result<Self, StoreError> {
        let (db, proof, now) = (&world.db, &world.proof, world.now());
        let since = now.minus(ACTIONABLE);
        let asking = stored::asking(db, proof, READ).await?;
        let mut stuck = stored::stuck_after(db, proof, since, READ).await?;
        let handed = hand_overs::all(&mut &*db, proof, READ).await?;
        add_handed(&mut stuck, stored::handed_and_over(db, proof, READ).await?);
        let ends_by = now.plus(node_row::EXPIRING);
        let nodes = nodes::perhaps_not_well(db, proof, ends_by, READ).await?;
        let mut refused = incidents::newest(db, proof, READ).await?;
        refused.retain(|incident| incident.at > since);
        let more = [asking.len(), stuck.len(), nodes.len(), refused.len()].iter().any(|found| *found > MOST);
        let broken = verifications::newest(db, proof).await?.filter(|check| check.misfit.is_some());
        let acknowledged = acknowledgements::good(&mut &*db, proof, now).await?;
        Ok(Self { now, asking, stuck, nodes, refused, broken, acknowledged, handed, more })
    }

    /// Each of them, the oldest first.
    pub fn all(&self) -> Vec<Item<'_>> {
        let asking = self.asking.iter().take(MOST).filter_map(|operation| {
            let attention = operation.record.attention.as_ref()?;
            let since = Timestamp::from_micros(attention.since);
            Some(self.item(("operation", operation.id.as_str(), "asks"), since, What::Asks(operation)))
        });
        let stuck = self.stuck.iter().take(MOST).map(|operation| {
            let key = ("operation", operation.id.as_str(), "stuck");
            self.item(key, operation.state_since, What::Stuck(operation))
        });
        let nodes = self.nodes.iter().take(MOST).flat_map(|node| {
            let overlays = node_row::overlays(node, self.now).into_iter();
            overlays.map(|overlay| {
                let (code, since) = (overlay.code.clone(), overlay.since);
                self.item(("node", node.id.as_str(), &code), since, What::NotWell(node, overlay))
            })
        });
        let refused = self.refused.iter().take(MOST).map(|incident| {
            self.item(("incident", &incident.id, "refused"), incident.at, What::Refused(incident))
        });
        // Until a later check finds all good.
        let broken = self.broken.iter().map(|check| {
            let since = check.finished_at.unwrap_or(check.begun_at);
            self.item(("chain", check.operation.as_str(), "broken"), since, What::Broken(check))
        });
        let mut all: Vec<_> = asking.chain(stuck).chain(nodes).chain(refused).chain(broken).collect();
        all.sort_by(|one, other| (one.since, &one.key).cmp(&(other.since, &other.key)));
        all
    }

    /// Those that nobody has acknowledged.
    pub fn open(&self) -> Vec<Item<'_>> {
        self.all().into_iter().filter(|item| item.acknowledged.is_none()).collect()
    }

    fn item<'a>(
        &'a self,
        (about, id, code): (&'static str, &str, &str),
        since: Timestamp,
        what: What<'a>,
    ) -> Item<'a> {
        let key = ItemKey { about, id: id.to_owned(), code: code.to_owned() };
        let text = key.to_string();
        let is_of_it = |known: &&Acknowledgement| known.item == text && known.item_since == since;
        let handed = match &what {
            What::Asks(operation) | What::Stuck(operation) => {
                self.handed.iter().find(|handed| handed.about == operation.id)
            }
            What::NotWell(..) | What::Refused(_) | What::Broken(_) => None,
        };
        Item { acknowledged: self.acknowledged.iter().find(is_of_it), handed, key, since, what }
    }
}

/// What somebody has does not leave the queue because time passes.
fn add_handed(stuck: &mut Vec<StoredOperation>, handed: Vec<StoredOperation>) {
    for operation in handed {
        let is_new = stuck.iter().all(|known| known.id != operation.id);
        if is_new && !operation.record.debris.is_empty() {
            stuck.push(operation);
        }
    }
}

/// The end of an id: its beginning is the time at which it was made.
fn tail(id: &str) -> &str {
    id.len().checked_sub(6).and_then(|from| id.get(from..)).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_and_nothing_else_is_one() {
        let key = ItemKey::parse("node:nod_1f:silent").unwrap();
        assert_eq!(key.to_string(), "node:nod_1f:silent");
        for wrong in ["", "node", "node:x", "moon:x:y", "node:x:y:z", "node::y", "node:x:y z", "node:é:y"] {
            assert_eq!(ItemKey::parse(wrong), None, "{wrong}");
        }
        assert_eq!(ItemKey::parse(&format!("node:{}:y", "x".repeat(81))), None);
    }

    #[test]
    fn keys_are_about_one_thing_or_of_one_kind() {
        let key = |text| ItemKey::parse(text).unwrap();
        let silent = key("node:a:silent");
        assert!(silent.is_about_the_same(&key("node:a:clock_skewed")));
        assert!(
            !silent.is_about_the_same(&key("node:b:silent"))
                && !silent.is_about_the_same(&key("incident:a:silent"))
        );
        assert!(silent.is_of_the_same_kind(&key("node:b:silent")));
        assert!(!silent.is_of_the_same_kind(&key("node:a:clock_skewed")));
    }
}
