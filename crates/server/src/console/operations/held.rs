//! What holds an operation back before it begins: what a plan says of it, and what starting is refused with.

use crate::authz::{Action, Resource, Scope, Via};
use crate::console::{Asking, as_sentence};
use crate::store::db::Tx;
use crate::store::standstill::{self, Standstill};
use operations::{Danger, Declaration};
use read_models::error::{ConsoleError, ErrorKind};
use read_models::navigation::Address;
use read_models::operation::Blocker;
use read_models::session::FrozenView;
use std::time::Duration;

impl Asking {
    /// For how long it can be undone with nothing done, when it is started from a browser.
    pub(super) fn undo_window(&self, declared: &Declaration) -> Duration {
        match declared.danger {
            Danger::Disruptive | Danger::Destructive if !self.is_never_held_back(declared) => {
                self.state().timing.undo_window
            }
            Danger::Safe | Danger::Disruptive | Danger::Destructive => Duration::ZERO,
        }
    }

    /// When it begins; none when that is at once. Scripts wait only when they ask for it.
    pub(super) fn begins_at(
        &self,
        declared: &Declaration,
        is_asked: bool,
    ) -> Result<Option<i64>, ConsoleError> {
        let from_browser = matches!(self.who()?.via, Via::Session { .. });
        let window = self.undo_window(declared);
        let waits = (from_browser || is_asked) && !window.is_zero();
        Ok(waits.then(|| self.now().plus(window).as_micros()))
    }

    /// Why nothing may hold an operation back; none when it waits like everything else.
    pub(super) fn is_never_held_back(&self, declared: &Declaration) -> bool {
        self.state().register.find(declared.id).is_some_and(|known| known.never_held_back().is_some())
    }

    /// The freeze that holds this operation back, if one does.
    pub(super) async fn frozen_for(
        &self,
        declared: &Declaration,
    ) -> Result<Option<Standstill>, ConsoleError> {
        if self.is_never_held_back(declared) {
            return Ok(None);
        }
        self.frozen().await
    }

    /// That the platform is frozen, as something in the way of starting.
    pub(super) fn frozen_blocker(&self, frozen: &Standstill) -> Blocker {
        Blocker {
            code: "platform_frozen".to_owned(),
            sentence: sentence(frozen),
            evidence: Some(format!("since {} UTC", frozen.since.date_and_minute())),
            unblocked_by: self.may_lift().then(|| Address::Ops.to_string()),
        }
    }

    /// Refuses to accept something while the platform is frozen. Asked in the transaction that accepts.
    pub(super) async fn refuse_while_frozen(
        &self,
        tx: &mut Tx,
        declared: &Declaration,
    ) -> Result<(), ConsoleError> {
        if self.is_never_held_back(declared) {
            return Ok(());
        }
        let found = standstill::find_for_good(tx, &self.proof()).await;
        self.refuse_for(found.map_err(|error| self.broken(error))?.as_ref())
    }

    /// Refuses what a freeze holds back. Asked before what else is in the way, so that whoever starts it hears of nothing less.
    pub(super) fn refuse_for(&self, frozen: Option<&Standstill>) -> Result<(), ConsoleError> {
        let Some(frozen) = frozen else { return Ok(()) };
        let next = if self.may_lift() {
            "Unfreeze the platform under /platform/ops, or wait until somebody does; then start it again."
        } else {
            "Wait until an operator unfreezes the platform, then start it again."
        };
        let sentence = format!("{} Nothing was started.", sentence(frozen));
        Err(ConsoleError::new(ErrorKind::Conflict, "platform_frozen", sentence).next(next))
    }

    /// The freeze that lasts, if one does.
    pub(in crate::console) async fn frozen(&self) -> Result<Option<Standstill>, ConsoleError> {
        let found = standstill::find(&mut &self.state().db, &self.proof()).await;
        found.map_err(|error| self.broken(error))
    }

    /// The freeze for the line on every page. Tenants are not told which of the platform's people it was.
    pub(in crate::console) async fn frozen_view(&self) -> Result<Option<FrozenView>, ConsoleError> {
        let is_platform = self.who()?.is_platform();
        Ok(self.frozen().await?.map(|frozen| FrozenView {
            since: frozen.since,
            by: if is_platform { frozen.by } else { "an operator".to_owned() },
            reason: frozen.reason,
            lift: self.may_lift().then_some(Address::Ops),
        }))
    }

    /// Whether this person may let operations begin again.
    fn may_lift(&self) -> bool {
        self.who().is_ok_and(|who| who.can(Action::Operate, Resource::Nodes, &Scope::Platform))
    }
}

/// What is in the way, as everybody reads it.
fn sentence(frozen: &Standstill) -> String {
    format!("The platform is frozen, so nothing begins: {}", as_sentence(&frozen.reason))
}
