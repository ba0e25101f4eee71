//! The addresses of lists as people keep them: a list of the contract with its own filters, and nothing else.

use super::RouteId;
use crate::{ids::ProjectId, workloads::WorkloadsFilter};
use std::fmt;

/// A filter of a list: its name in the address, and what it may say.
struct Filter {
    name: &'static str,
    is_good: fn(&str) -> bool,
}

/// The lists that have filters or an order of their own. A list is added with every parameter that changes what it shows,
/// but not where in it a reader is.
const LISTS: &[(RouteId, &[Filter])] = &[(
    RouteId::Workbench,
    &[
        Filter { name: "view", is_good: |word| WorkloadsFilter::parse(word).is_some() },
        Filter { name: "project", is_good: |id| ProjectId::parse(id).is_ok() },
    ],
)];

/// The longest address that is read.
const LONGEST: usize = 500;

/// The address of a list with its filters, in their own order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ListAddress {
    list: RouteId,
    filters: Vec<(&'static str, String)>,
}

/// Why an address cannot be kept as a view of a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAView {
    /// It is not the address of a list with filters.
    #[error("This is not the address of a list that has filters.")]
    NoList,
    /// The list has no such filter, or the filter cannot say this.
    #[error("The list does not know `{0}`.")]
    NoFilter(String),
}

impl ListAddress {
    /// Reads an address that has a list's filters and nothing else.
    pub fn parse(text: &str) -> Result<Self, NotAView> {
        let (list, known, given) = Self::parts(text)?;
        let unknown = |(name, value): &&(&str, &str)| {
            !known.iter().any(|filter| filter.name == *name && (filter.is_good)(value))
        };
        if let Some((name, value)) = given.iter().find(unknown) {
            return Err(NotAView::NoFilter(format!("{name}={value}").chars().take(80).collect()));
        }
        let is_twice =
            |(name, _): &&(&str, &str)| given.iter().filter(|(other, _)| other == name).count() > 1;
        if let Some((twice, _)) = given.iter().find(is_twice) {
            return Err(NotAView::NoFilter(format!("{twice} twice")));
        }
        Ok(Self::of(list, known, &given))
    }

    /// The same from the address a page stands at, without what is not the list's: a cursor, a draft, what went wrong.
    pub fn of_page(text: &str) -> Result<Self, NotAView> {
        let (list, known, given) = Self::parts(text)?;
        Ok(Self::of(list, known, &given))
    }

    /// Which list.
    pub const fn list(&self) -> RouteId {
        self.list
    }

    /// Whether a page is a list whose views can be kept.
    pub fn has_views(list: RouteId) -> bool {
        LISTS.iter().any(|(known, _)| *known == list)
    }

    #[expect(clippy::type_complexity, reason = "the parts are taken apart at once")]
    fn parts(text: &str) -> Result<(RouteId, &'static [Filter], Vec<(&str, &str)>), NotAView> {
        if text.len() > LONGEST {
            return Err(NotAView::NoList);
        }
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let found = LISTS.iter().find(|(list, _)| list.route().path == path).ok_or(NotAView::NoList)?;
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        Ok((found.0, found.1, pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect()))
    }

    fn of(list: RouteId, known: &'static [Filter], given: &[(&str, &str)]) -> Self {
        let said = |filter: &Filter| {
            let (_, value) =
                given.iter().find(|(name, value)| *name == filter.name && (filter.is_good)(value))?;
            Some((filter.name, (*value).to_owned()))
        };
        Self { list, filters: known.iter().filter_map(said).collect() }
    }
}

impl fmt::Display for ListAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.list.route().path)?;
        for (number, (name, value)) in self.filters.iter().enumerate() {
            write!(f, "{}{name}={value}", if number == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::navigation::Address;

    const PROJECT: &str = "prj_0192f3a4b5c67d8e9fa0b1c2d3e4f506";

    #[test]
    fn a_view_is_a_list_of_the_contract_with_its_own_filters_in_their_order() {
        let text = format!("/workloads?project={PROJECT}&view=history");
        let read = ListAddress::parse(&text).unwrap();
        assert_eq!(read.to_string(), format!("/workloads?view=history&project={PROJECT}"));
        assert_eq!(read.list(), RouteId::Workbench);
        assert_eq!(ListAddress::parse("/workloads").unwrap().to_string(), "/workloads");
        for (list, _) in LISTS {
            assert!(Address::try_from(list.route().path.to_owned()).is_ok(), "{list:?} has no address");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in [
            "https://evil.example/workloads",
            "//evil.example/workloads",
            "/workloads/",
            "/workloads/wl_1",
            "/nowhere",
            "/workloads?view=pink",
            "/workloads?cursor=wl_1",
            "/workloads?view=all&view=all",
            "/workloads?view=all#x",
            "/workloads?<script>",
            "",
        ] {
            assert!(ListAddress::parse(bad).is_err(), "{bad}");
        }
        assert!(ListAddress::parse(&format!("/workloads?{}", "x".repeat(600))).is_err());
    }

    #[test]
    fn of_a_page_only_what_is_the_lists_own_is_kept() {
        let page = "/workloads?view=all&cursor=wl_1&error=denied&draft=x";
        assert_eq!(ListAddress::of_page(page).unwrap().to_string(), "/workloads?view=all");
        assert!(ListAddress::of_page("/platform/nodes?cursor=a").is_err());
    }
}
