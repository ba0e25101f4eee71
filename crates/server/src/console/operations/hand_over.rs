//! Who looks after an operation that asks for a person or left something over?

use crate::authz::{OperationRecords, Permit, Principal, Read, Scope};
use crate::console::Asking;
use crate::console::targets::Found;
use crate::facts::may_carry_out;
use crate::operations::{is_called, needs_somebody, nobody_who_may, who_may};
use crate::store::db::StoreError;
use crate::store::hand_overs::{self, HandOver};
use crate::store::operations::{self as stored, StoredOperation};
use crate::store::users::{self, Person};
use operations::Declaration;
use read_models::error::{ConsoleError, ErrorKind, FieldError};
use read_models::ids::{OperationId, ProjectId};
use read_models::navigation::Address;
use read_models::nodes::ActionItem;
use read_models::operation::{
    FieldChoice, FieldKind, HandOverView, OperationCard, PlanRequest, Target, TargetKind,
};
use serde_json::Value;

/// The operation that hands another one over.
const HAND_OVER: &str = "operation.hand_over";
/// The one that takes it back.
const TAKE_BACK: &str = "operation.take_back";
/// What was handed to somebody is shown up to here; the list of all of it has pages.
const YOURS: i64 = 20;

impl Asking {
    /// Who looks after an operation; none when it was handed to nobody.
    pub(super) async fn handed(
        &self,
        stored: &StoredOperation,
    ) -> Result<Option<HandOverView>, ConsoleError> {
        let found = hand_overs::find(&mut &self.state().db, &self.proof(), &stored.id).await;
        match found.map_err(|error| self.broken(error))? {
            Some(handed) => self.hand_over_view(stored, &handed).await.map(Some),
            None => Ok(None),
        }
    }

    /// That it was handed over, and whether that still means something.
    pub(in crate::console) async fn hand_over_view(
        &self,
        stored: &StoredOperation,
        handed: &HandOver,
    ) -> Result<HandOverView, ConsoleError> {
        let known = self.state().register.find(&stored.operation);
        let person = self.person_as_they_are(handed).await.map_err(|error| self.broken(error))?;
        let may_act = known.is_some_and(|known| {
            may_carry_out(&person, known.declaration(), &stored.target, stored.project.as_ref())
        });
        Ok(HandOverView {
            to: person.email,
            is_yours: self.who().is_ok_and(|who| who.user_id == handed.to),
            may_act,
            by: handed.by.clone(),
            note: handed.note.clone(),
            at: handed.at,
            operation: handed.operation.clone(),
        })
    }

    /// What was handed to whoever asks and still needs somebody, the newest first.
    pub(in crate::console) async fn handed_to_you(
        &self,
        scope: &Scope,
    ) -> Result<Vec<ActionItem>, ConsoleError> {
        let permit: Permit<Read, OperationRecords> = self.permit(scope)?;
        let (db, own) = (&self.state().db, &self.who()?.user_id);
        let found = stored::handed_to(db, &permit, own, (None, false), None, YOURS).await;
        let found = found.map_err(|error| self.broken(error))?;
        let mut items = Vec::new();
        for one in found.iter().filter(|one| needs_somebody(one)) {
            let asks = one.record.attention.as_ref().map(|asked| asked.sentence.clone());
            let target = self.target(&one.target).await.ok().map(|found| found.view);
            let on = target.as_ref().map(|target| format!(": {}", target.name)).unwrap_or_default();
            items.push(ActionItem {
                title: format!("{}{on}", self.title_of(&one.operation)),
                reason: asks.or_else(|| one.record.outcome.clone()).unwrap_or_default(),
                since: one.state_since,
                next_operation: None,
                address: Address::Operation(one.id.clone()),
                label: "Look after it".to_owned(),
                key: None,
                acknowledged: None,
                handed: self.handed(one).await?,
                simulated: target.is_some_and(|target| target.simulated),
            });
        }
        Ok(items)
    }

    async fn person_as_they_are(&self, handed: &HandOver) -> Result<Person, StoreError> {
        let (db, proof) = (&mut &self.state().db, self.proof());
        let account = users::by_id(db, &proof, &handed.to).await?;
        let grants = users::grants(db, &proof, &handed.to).await?;
        Ok(Person {
            id: account.id,
            email: account.email,
            display_name: account.display_name,
            grants,
            signed_in_at: None,
            suspended_at: account.suspended_at,
        })
    }

    /// The cards that hand it over and take it back, while somebody has to look after it or somebody does.
    pub(super) async fn caring_cards(
        &self,
        stored: &StoredOperation,
        handed: Option<&HandOverView>,
    ) -> Result<Vec<OperationCard>, ConsoleError> {
        let mut cards = Vec::new();
        if needs_somebody(stored) && stored.target.kind != TargetKind::User {
            let mut card = self.caring_card(HAND_OVER, &stored.id).await?;
            self.offer_people(&mut card, stored, handed).await?;
            cards.push(card);
        }
        if handed.is_some() {
            cards.push(self.caring_card(TAKE_BACK, &stored.id).await?);
        }
        Ok(cards)
    }

    async fn caring_card(&self, operation: &str, about: &OperationId) -> Result<OperationCard, ConsoleError> {
        let target = Target { kind: TargetKind::Operation, id: about.to_string() };
        let found = self.target(&target).await?;
        let Some(known) = self.state().register.find(operation) else {
            return Err(ConsoleError::not_found("operation"));
        };
        let permit = self.permit(&found.scope())?;
        let past = stored::newest_of_operation(&self.state().db, &permit, &target, operation, 1).await;
        let past = past.map_err(|error| self.broken(error))?;
        self.card(known, &target, &found, &past).await
    }

    /// Who can be chosen: who may act on it and does not have it, whoever asks first.
    async fn offer_people(
        &self,
        card: &mut OperationCard,
        about: &StoredOperation,
        handed: Option<&HandOverView>,
    ) -> Result<(), ConsoleError> {
        let Some(field) = card.fields.iter_mut().find(|field| field.name == "to") else { return Ok(()) };
        let own = self.who()?.user_id.clone();
        let mut people = self.people_to_name(about).await?;
        let waits = about.record.approval.as_ref().is_some_and(|approval| approval.given.is_none());
        let cannot_approve = |person: &Person| waits && !about.state.is_over() && person.id == about.user;
        people.retain(|person| {
            !cannot_approve(person) && handed.is_none_or(|handed| handed.to != person.email)
        });
        people.sort_by_key(|person| person.id != own);
        let choice = |person: Person| {
            let label =
                if person.id == own { format!("yourself ({})", person.email) } else { person.email.clone() };
            FieldChoice { value: person.email, label }
        };
        field.kind = FieldKind::Choice;
        field.choices = people.into_iter().map(choice).collect();
        field.value = field.choices.first().map(|choice| choice.value.clone()).unwrap_or_default();
        Ok(())
    }

    /// Who may act on it and may be named to whoever asks: a tenant is told of nobody who is not of the project.
    async fn people_to_name(&self, about: &StoredOperation) -> Result<Vec<Person>, ConsoleError> {
        let mut people = who_may(self.world(), about).await.map_err(|error| self.broken(error))?;
        if !self.who().is_ok_and(Principal::is_platform) {
            people.retain(|person| is_of(person, about.project.as_ref()));
        }
        Ok(people)
    }

    /// Answers a tenant who names somebody that is not of the project as if there were nobody of that name.
    pub(super) async fn check_whom(
        &self,
        request: &PlanRequest,
        declared: &Declaration,
        found: &Found,
    ) -> Result<(), ConsoleError> {
        if declared.id != HAND_OVER || self.who()?.is_platform() {
            return Ok(());
        }
        let Some(asked) = request.input.get("to").and_then(Value::as_str) else { return Ok(()) };
        let people = users::list(&self.state().db, &self.proof(), i64::MAX).await;
        let people = people.map_err(|error| self.broken(error))?;
        let is_theirs =
            |person: &Person| is_called(person, asked.trim()) && is_of(person, found.project.as_ref());
        if people.iter().any(is_theirs) {
            return Ok(());
        }
        let sentence = nobody_who_may(asked.trim()).sentence;
        let field = FieldError { pointer: "/to".to_owned(), sentence: sentence.clone() };
        let error = ConsoleError::new(
            ErrorKind::Invalid,
            "nobody_who_may",
            format!("{sentence} Nothing was changed."),
        );
        Err(error.next("Name somebody of the project who may act on it.").with_fields(vec![field]))
    }
}

fn is_of(person: &Person, project: Option<&ProjectId>) -> bool {
    project.is_some() && person.grants.iter().any(|grant| grant.scope.project() == project)
}
