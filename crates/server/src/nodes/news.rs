//! What the feed is told of each node: the same mistake once in a while, and never more than so many events a minute. A
//! node that floods silences only itself, and what was left out is counted and told afterwards.

use std::collections::HashMap;
use std::time::Duration;

use read_models::ids::NodeId;
use read_models::time::Timestamp;

/// What was told once need not be told again for so long.
const QUIET: Duration = Duration::from_mins(10);
/// Events of one node's agent in one [`WINDOW`].
const MOST: u32 = 20;
const WINDOW: Duration = Duration::from_mins(1);
/// Nodes with nothing new are forgotten when there are more than this.
const REMEMBERED: usize = 4096;

/// What was told of each node lately.
#[derive(Debug, Default)]
pub(super) struct News(HashMap<NodeId, Told>);

#[derive(Debug)]
struct Told {
    /// At most as many as may be told within [`QUIET`].
    things: HashMap<String, Timestamp>,
    since: Timestamp,
    events: u32,
    left_out: u32,
}

impl News {
    /// Whether one more event of this node may be told; counted either way.
    pub(super) fn admits(&mut self, node: &NodeId, now: Timestamp) -> bool {
        let told = self.of(node, now);
        if now.since(told.since) >= WINDOW {
            (told.since, told.events) = (now, 0);
        }
        if told.events >= MOST {
            told.left_out = told.left_out.saturating_add(1);
            return false;
        }
        told.events += 1;
        true
    }

    /// Whether this was not told of the node lately and may be told now.
    pub(super) fn is_news(&mut self, node: &NodeId, what: &str, now: Timestamp) -> bool {
        let things = &mut self.of(node, now).things;
        things.retain(|_, at| now.since(*at) < QUIET);
        if things.contains_key(what) || !self.admits(node, now) {
            return false;
        }
        self.of(node, now).things.insert(what.to_owned(), now);
        true
    }

    /// How many events of the node were left out, once the minute in which that was is over; asked again, none.
    pub(super) fn left_out(&mut self, node: &NodeId, now: Timestamp) -> Option<u32> {
        let told = self.0.get_mut(node)?;
        let is_over = now.since(told.since) >= WINDOW || told.events < MOST;
        (is_over && told.left_out > 0).then(|| std::mem::take(&mut told.left_out))
    }

    fn of(&mut self, node: &NodeId, now: Timestamp) -> &mut Told {
        if self.0.len() >= REMEMBERED && !self.0.contains_key(node) {
            self.0.retain(|_, told| now.since(told.since) < QUIET || told.left_out > 0);
        }
        self.0.entry(node.clone()).or_insert_with(|| Told {
            things: HashMap::new(),
            since: now,
            events: 0,
            left_out: 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_micros(0);

    fn node(number: u8) -> NodeId {
        NodeId::from_uuid(&format!("{number:032x}"))
    }

    #[test]
    fn the_same_is_news_once_in_a_while() {
        let (mut news, node) = (News::default(), node(1));
        assert!(news.is_news(&node, "x", START) && news.is_news(&node, "y", START));
        assert!(!news.is_news(&node, "x", START.plus(QUIET / 2)));
        assert!(news.is_news(&node, "x", START.plus(QUIET)));
    }

    #[test]
    fn a_node_that_floods_silences_only_itself_and_the_rest_is_counted() {
        let (mut news, loud) = (News::default(), node(1));
        let told = (0..10_000).filter(|number| news.is_news(&loud, &number.to_string(), START)).count();
        assert_eq!(told, usize::try_from(MOST).unwrap());
        assert!(!news.admits(&loud, START));
        assert!(news.is_news(&node(2), "x", START) && news.admits(&node(2), START));
        assert_eq!(news.left_out(&loud, START), None);
        let later = START.plus(WINDOW);
        assert_eq!(news.left_out(&loud, later), Some(10_000 - MOST + 1));
        assert_eq!(news.left_out(&loud, later), None);
        assert!(news.admits(&loud, later));
        for _ in 0..MOST {
            news.admits(&loud, later);
        }
        assert_eq!(news.left_out(&loud, later), None);
        assert!(news.admits(&loud, later.plus(WINDOW)));
        assert_eq!(news.left_out(&loud, later.plus(WINDOW)), Some(1));
    }
}
