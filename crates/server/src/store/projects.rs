//! Projects: the tenants. A name is there once.

use read_models::ids::ProjectId;
use read_models::time::Timestamp;

use super::db::{Db, Reader, Row, StoreError, Tx};
use crate::args;
use crate::authz::{self, Action, Administer, May, Principal, Projects, Resource, Scope};

pub(crate) const SQL: &[&str] = &[LIST, BY_ID, BY_NAME, INSERT];

const LIST: &str = "SELECT id, name, created_at FROM project
    WHERE name > $1 AND ($2 = '' OR id = $2) ORDER BY name LIMIT $3";
const BY_ID: &str = "SELECT id, name, created_at FROM project WHERE id = $1 AND ($2 = '' OR id = $2)";
const BY_NAME: &str = "SELECT id, name, created_at FROM project WHERE name = $1 AND ($2 = '' OR id = $2)";
const INSERT: &str = "INSERT INTO project (id, name, created_at) VALUES ($1, $2, $3)";

/// More than anyone has; a list a person reads is paged well before.
const ALL: i64 = 10_000;

/// A project as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    pub id: ProjectId,
    pub name: String,
    pub created_at: Timestamp,
}

/// The projects in the permit's scope, by name.
pub async fn list(db: &Db, by: &impl May<authz::Read, Projects>) -> Result<Vec<Project>, StoreError> {
    page(db, by, None, ALL).await
}

/// A page of them: those after a name.
pub async fn page(
    db: &Db,
    by: &impl May<authz::Read, Projects>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Project>, StoreError> {
    db.rows(LIST, args![after.unwrap_or_default(), by.project_or_any(), limit])
        .await?
        .iter()
        .map(project)
        .collect()
}

/// Every project the person may read, for the switcher and for lists over all of one's projects.
pub async fn visible_to(db: &Db, who: &Principal) -> Result<Vec<Project>, StoreError> {
    let all: Vec<Project> =
        db.rows(LIST, args!["", "", ALL]).await?.iter().map(project).collect::<Result<_, _>>()?;
    let may_read =
        |project: &Project| who.can(Action::Read, Resource::Projects, &Scope::Project(project.id.clone()));
    Ok(all.into_iter().filter(may_read).collect())
}

/// One project.
pub async fn find(
    from: &mut impl Reader,
    by: &impl May<authz::Read, Projects>,
    id: &ProjectId,
) -> Result<Project, StoreError> {
    project(&from.row(BY_ID, args![id, by.project_or_any()]).await?.ok_or(StoreError::NotFound)?)
}

/// One project by its name.
pub async fn find_named(
    from: &mut impl Reader,
    by: &impl May<authz::Read, Projects>,
    name: &str,
) -> Result<Option<Project>, StoreError> {
    from.row(BY_NAME, args![name, by.project_or_any()]).await?.map(|row| project(&row)).transpose()
}

/// Makes a project; the name must be new.
pub async fn create(
    tx: &mut Tx,
    _: &impl May<Administer, Projects>,
    id: &ProjectId,
    name: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(INSERT, args![id, name, now]).await.map(|_| ())
}

fn project(row: &Row) -> Result<Project, StoreError> {
    Ok(Project { id: row.id("id")?, name: row.text("name")?, created_at: row.timestamp("created_at")? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authz::system::for_worker;
    use crate::authz::testing::person;
    use crate::authz::{Permit, Role, authorize};
    use crate::store::testing::on_both;

    #[tokio::test]
    async fn a_permit_for_one_project_shows_that_one_only() {
        on_both(async |db| {
            let proof = for_worker("test");
            let ids = [1, 2].map(|n| ProjectId::from_uuid(&format!("{n:032x}")));
            let mut tx = db.begin().await.unwrap();
            for (id, name) in ids.iter().zip(["b", "a"]) {
                create(&mut tx, &proof, id, name, Timestamp::from_micros(0)).await.unwrap();
            }
            tx.commit().await.unwrap();
            let names = |projects: Vec<Project>| projects.into_iter().map(|p| p.name).collect::<Vec<_>>();
            assert_eq!(names(list(&db, &proof).await.unwrap()), ["a", "b"]);
            let viewer = person(Role::Viewer, Scope::Project(ids[0].clone()));
            let own: Permit<authz::Read, Projects> =
                authorize(&viewer, &Scope::Project(ids[0].clone())).unwrap();
            assert_eq!(names(list(&db, &own).await.unwrap()), ["b"]);
            assert_eq!(names(visible_to(&db, &viewer).await.unwrap()), ["b"]);
            assert!(matches!(find(&mut &db, &own, &ids[1]).await, Err(StoreError::NotFound)));
        })
        .await;
    }
}
