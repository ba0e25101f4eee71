//! People: their account, and the roles granted to them. An email is stored in lower case and is there once.

use read_models::ids::{ProjectId, UserId};
use read_models::navigation::Family;
use read_models::time::Timestamp;

use std::collections::BTreeMap;

use super::db::{Db, Reader, Row, StoreError, Tx};
use crate::args;
use crate::authz::{self, Account as OwnAccount, Administer, Grant, May, Role, Scope, SystemProof, Users};

pub(crate) const SQL: &[&str] =
    &[BY_EMAIL, BY_ID, LIST, ALL_GRANTS, GRANTS, ANY_ADMINISTRATOR, INSERT, GRANT, SET_PROFILE, SET_PASSWORD];

const BY_EMAIL: &str = "SELECT id, email, display_name, landing, password_hash, password_set_at, suspended_at FROM user_account WHERE email = $1";
const BY_ID: &str = "SELECT id, email, display_name, landing, password_hash, password_set_at, suspended_at FROM user_account WHERE id = $1";
const LIST: &str =
    "SELECT id, email, display_name, signed_in_at, suspended_at FROM user_account ORDER BY email LIMIT $1";
const ALL_GRANTS: &str = "SELECT g.user_id AS user_id, g.role AS role, g.scope AS scope FROM role_grant g
    JOIN user_account u ON u.id = g.user_id ORDER BY u.email, g.role, g.scope";
const GRANTS: &str = "SELECT role, scope FROM role_grant WHERE user_id = $1 ORDER BY role, scope";
const ANY_ADMINISTRATOR: &str = "SELECT g.user_id FROM role_grant g JOIN user_account u ON u.id = g.user_id
    WHERE g.role = 'platform_admin' AND u.suspended_at IS NULL LIMIT 1";
const INSERT: &str =
    "INSERT INTO user_account (id, email, display_name, password_hash, created_at, password_set_at)
    VALUES ($1, $2, $3, $4, $5, $5)";
const GRANT: &str = "INSERT INTO role_grant (user_id, role, scope, granted_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (user_id, role, scope) DO NOTHING";
const SET_PROFILE: &str = "UPDATE user_account SET display_name = $2, landing = $3 WHERE id = $1";
const SET_PASSWORD: &str = "UPDATE user_account SET password_hash = $2, password_set_at = $3 WHERE id = $1";

/// A person's account, for signing in. The hash is not printed.
#[derive(Clone)]
pub struct Account {
    pub id: UserId,
    pub email: String,
    pub display_name: String,
    /// Where they chose to land.
    pub landing: Option<Family>,
    pub password_hash: String,
    /// None when it was set before this was written down.
    pub password_set_at: Option<Timestamp>,
    pub suspended_at: Option<Timestamp>,
}

/// Somebody with an account, for who looks after the people.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: UserId,
    pub email: String,
    pub display_name: String,
    pub grants: Vec<Grant>,
    /// None for who never did since it is written down.
    pub signed_in_at: Option<Timestamp>,
    pub suspended_at: Option<Timestamp>,
}

/// An account to be made.
#[derive(Clone, Copy)]
pub struct NewAccount<'a> {
    pub id: &'a UserId,
    pub email: &'a str,
    pub display_name: &'a str,
    pub password_hash: &'a str,
}

/// How an email is stored and compared.
pub fn canonical_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// The account with this email, suspended or not.
pub async fn by_email(
    from: &mut impl Reader,
    _: &SystemProof,
    email: &str,
) -> Result<Option<Account>, StoreError> {
    from.row(BY_EMAIL, args![canonical_email(email)]).await?.map(|row| account(&row)).transpose()
}

/// The account with this id.
pub async fn by_id(from: &mut impl Reader, _: &SystemProof, id: &UserId) -> Result<Account, StoreError> {
    account(&from.row(BY_ID, args![id]).await?.ok_or(StoreError::NotFound)?)
}

/// The people by email, with what was granted to each.
pub async fn list(db: &Db, _: &impl May<authz::Read, Users>, limit: i64) -> Result<Vec<Person>, StoreError> {
    let mut grants: BTreeMap<String, Vec<Grant>> = BTreeMap::new();
    for row in db.rows(ALL_GRANTS, args![]).await? {
        grants.entry(row.text("user_id")?).or_default().push(grant(&row)?);
    }
    let person = |row: &Row| {
        let id: UserId = row.id("id")?;
        Ok(Person {
            grants: grants.get(id.as_str()).cloned().unwrap_or_default(),
            id,
            email: row.text("email")?,
            display_name: row.text("display_name")?,
            signed_in_at: row.opt_timestamp("signed_in_at")?,
            suspended_at: row.opt_timestamp("suspended_at")?,
        })
    };
    db.rows(LIST, args![limit]).await?.iter().map(person).collect()
}

/// What was granted to a person.
pub async fn grants(from: &mut impl Reader, _: &SystemProof, id: &UserId) -> Result<Vec<Grant>, StoreError> {
    from.rows(GRANTS, args![id]).await?.iter().map(grant).collect()
}

/// Whether someone can administer the platform already.
pub async fn has_administrator(from: &mut impl Reader, _: &SystemProof) -> Result<bool, StoreError> {
    Ok(from.row(ANY_ADMINISTRATOR, args![]).await?.is_some())
}

/// Makes an account; the email must be new.
pub async fn create(
    tx: &mut Tx,
    _: &impl May<Administer, Users>,
    new: NewAccount<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let email = canonical_email(new.email);
    tx.execute(INSERT, args![new.id, email, new.display_name, new.password_hash, now]).await?;
    Ok(())
}

/// Grants a role. Granting it again changes nothing.
pub async fn grant_role(
    tx: &mut Tx,
    _: &impl May<Administer, Users>,
    id: &UserId,
    grant: &Grant,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(GRANT, args![id, grant.role.key(), scope_text(&grant.scope), now]).await?;
    Ok(())
}

/// Writes down how a person is called and where they land.
pub async fn set_profile(
    tx: &mut Tx,
    by: &impl May<Administer, OwnAccount>,
    id: &UserId,
    display_name: &str,
    landing: Option<Family>,
) -> Result<(), StoreError> {
    if !by.covers_person(id) {
        return Err(StoreError::NotFound);
    }
    let landing = landing.map(|family| family.key().to_owned());
    super::db::exactly_one(tx.execute(SET_PROFILE, args![id, display_name, landing]).await?)
}

/// Replaces the stored password.
pub async fn set_password(
    tx: &mut Tx,
    _: &SystemProof,
    id: &UserId,
    hash: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    super::db::exactly_one(tx.execute(SET_PASSWORD, args![id, hash, now]).await?)
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("id", &self.id).field("email", &self.email).finish_non_exhaustive()
    }
}

fn account(row: &Row) -> Result<Account, StoreError> {
    Ok(Account {
        id: row.id("id")?,
        email: row.text("email")?,
        display_name: row.text("display_name")?,
        landing: row.opt_text("landing")?.and_then(|word| Family::parse(&word)),
        password_hash: row.text("password_hash")?,
        password_set_at: row.opt_timestamp("password_set_at")?,
        suspended_at: row.opt_timestamp("suspended_at")?,
    })
}

fn grant(row: &Row) -> Result<Grant, StoreError> {
    Ok(Grant { role: row.word("role", Role::parse)?, scope: row.word("scope", scope_from_text)? })
}

pub(super) fn scope_text(scope: &authz::Scope) -> &str {
    scope.project().map_or("platform", ProjectId::as_str)
}

pub(super) fn scope_from_text(text: &str) -> Option<Scope> {
    if text == "platform" { Some(Scope::Platform) } else { ProjectId::parse(text).ok().map(Scope::Project) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authz::system::for_worker;
    use crate::ids::{Ids, SystemIds};
    use crate::store::testing::on_both;

    #[tokio::test]
    async fn an_account_is_found_by_its_email_in_any_case_with_its_roles() {
        on_both(async |db| {
            let (proof, id, now) =
                (for_worker("test"), UserId::from_uuid(&SystemIds.uuid()), Timestamp::from_micros(7));
            let grant = Grant { role: Role::PlatformAdmin, scope: Scope::Platform };
            let mut tx = db.begin().await.unwrap();
            assert!(!has_administrator(&mut tx, &proof).await.unwrap());
            let new =
                NewAccount { id: &id, email: " Ada@Example.org", display_name: "Ada", password_hash: "x" };
            create(&mut tx, &proof, new, now).await.unwrap();
            grant_role(&mut tx, &proof, &id, &grant, now).await.unwrap();
            grant_role(&mut tx, &proof, &id, &grant, now).await.unwrap();
            tx.commit().await.unwrap();
            let found = by_email(&mut &db, &proof, "ADA@example.org").await.unwrap().unwrap();
            assert_eq!((&found.id, found.email.as_str()), (&id, "ada@example.org"));
            assert_eq!(grants(&mut &db, &proof, &id).await.unwrap(), [grant]);
            assert!(has_administrator(&mut &db, &proof).await.unwrap());
        })
        .await;
    }

    #[tokio::test]
    async fn a_second_account_with_the_same_email_is_a_conflict_on_the_email() {
        on_both(async |db| {
            let proof = for_worker("test");
            for attempt in 0..2 {
                let id = UserId::from_uuid(&SystemIds.uuid());
                let new = NewAccount { id: &id, email: "a@b", display_name: "A", password_hash: "x" };
                let mut tx = db.begin().await.unwrap();
                let outcome = create(&mut tx, &proof, new, Timestamp::from_micros(0)).await;
                assert_eq!(
                    outcome.as_ref().is_err_and(|e| e.is_conflict_on("user_account", "email")),
                    attempt == 1
                );
                if outcome.is_ok() {
                    tx.commit().await.unwrap();
                }
            }
        })
        .await;
    }
}
