//! Attempts at enrolment that failed. Bounded: the same again is counted in its row, and of each token, of each address and
//! of all only the newest are kept, so that nobody who knocks can fill the disk.

use read_models::ids::EnrolmentTokenId;
use read_models::onboarding::AttemptReason;
use read_models::time::Timestamp;

use super::db::{Db, Row, StoreError, Tx};
use crate::args;
use crate::authz::{self, EnrolmentTokens, May, SystemProof};
use crate::ids::Ids;

pub(crate) const SQL: &[&str] =
    &[NEWEST, OF_TOKEN, AGAIN, INSERT, TRIM_TOKEN, TRIM_ADDRESS, TRIM_STRANGERS, TRIM_KNOWN];

/// Of one token.
const MOST_OF_TOKEN: i64 = 20;
/// From one address, with no token that could be told.
const MOST_OF_ADDRESS: i64 = 20;
/// Of all with a token, and as many again of all without.
const MOST: i64 = 1_000;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT at, first_at, tries, reason, sentence, next_step, address, machine, enrolment_token_id, told_later
             FROM enrolment_attempt ",
            $rest
        )
    };
}

const NEWEST: &str = select!("WHERE at >= $1 ORDER BY at DESC, id DESC LIMIT $2");
const OF_TOKEN: &str = select!("WHERE enrolment_token_id = $1 ORDER BY at DESC, id DESC LIMIT $2");
const AGAIN: &str = "UPDATE enrolment_attempt SET at = $6, tries = tries + 1, sentence = $7, next_step = $8
    WHERE reason = $1 AND address = $2 AND machine = $3 AND enrolment_token_id = $4 AND told_later = $5";
const INSERT: &str =
    "INSERT INTO enrolment_attempt (id, at, first_at, tries, reason, sentence, next_step, address,
    machine, enrolment_token_id, told_later) VALUES ($1, $2, $2, 1, $3, $4, $5, $6, $7, $8, $9)";
const TRIM_TOKEN: &str = "DELETE FROM enrolment_attempt WHERE enrolment_token_id = $1 AND id NOT IN
    (SELECT id FROM enrolment_attempt WHERE enrolment_token_id = $1 ORDER BY at DESC, id DESC LIMIT $2)";
const TRIM_ADDRESS: &str =
    "DELETE FROM enrolment_attempt WHERE address = $1 AND enrolment_token_id = '' AND id NOT IN
    (SELECT id FROM enrolment_attempt WHERE address = $1 AND enrolment_token_id = ''
     ORDER BY at DESC, id DESC LIMIT $2)";
// Apart, so that strangers push out strangers only.
const TRIM_STRANGERS: &str = "DELETE FROM enrolment_attempt WHERE enrolment_token_id = '' AND id NOT IN
    (SELECT id FROM enrolment_attempt WHERE enrolment_token_id = '' ORDER BY at DESC, id DESC LIMIT $1)";
const TRIM_KNOWN: &str = "DELETE FROM enrolment_attempt WHERE enrolment_token_id <> '' AND id NOT IN
    (SELECT id FROM enrolment_attempt WHERE enrolment_token_id <> '' ORDER BY at DESC, id DESC LIMIT $1)";

/// Attempts of one machine with one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentAttempt {
    pub at: Timestamp,
    pub first_at: Timestamp,
    pub tries: u32,
    pub reason: AttemptReason,
    pub sentence: String,
    pub next_step: String,
    pub address: String,
    /// How it called itself; none where it did not get to say.
    pub machine: Option<String>,
    /// None where it could not be told.
    pub token: Option<EnrolmentTokenId>,
    /// Whether the agent told it later.
    pub told_later: bool,
}

/// An attempt to be written down.
#[derive(Clone, Copy, Debug)]
pub struct NewAttempt<'a> {
    pub at: Timestamp,
    pub reason: AttemptReason,
    pub sentence: &'a str,
    pub next_step: &'a str,
    pub address: &'a str,
    pub machine: Option<&'a str>,
    /// Only one that there is: ids that anybody can make up must not make rows.
    pub token: Option<&'a EnrolmentTokenId>,
    pub told_later: bool,
}

/// The newest since a time, newest first.
pub async fn newest(
    db: &Db,
    _: &impl May<authz::Read, EnrolmentTokens>,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<EnrolmentAttempt>, StoreError> {
    db.rows(NEWEST, args![since, limit]).await?.iter().map(attempt).collect()
}

/// Those with a token, newest first.
pub async fn of_token(
    db: &Db,
    _: &impl May<authz::Read, EnrolmentTokens>,
    token: &EnrolmentTokenId,
) -> Result<Vec<EnrolmentAttempt>, StoreError> {
    db.rows(OF_TOKEN, args![token, MOST_OF_TOKEN]).await?.iter().map(attempt).collect()
}

/// Writes one down, and lets the oldest go where there are too many.
pub async fn record(
    tx: &mut Tx,
    _: &SystemProof,
    new: &NewAttempt<'_>,
    ids: &dyn Ids,
) -> Result<(), StoreError> {
    let (token, machine) = (new.token.map_or("", EnrolmentTokenId::as_str), new.machine.unwrap_or_default());
    let told_later = i64::from(new.told_later);
    let again =
        args![new.reason.key(), new.address, machine, token, told_later, new.at, new.sentence, new.next_step];
    if tx.execute(AGAIN, again).await? > 0 {
        return Ok(());
    }
    let id = format!("att_{}", ids.uuid());
    let values = args![
        id,
        new.at,
        new.reason.key(),
        new.sentence,
        new.next_step,
        new.address,
        machine,
        token,
        told_later,
    ];
    tx.execute(INSERT, values).await?;
    if token.is_empty() {
        tx.execute(TRIM_ADDRESS, args![new.address, MOST_OF_ADDRESS]).await?;
        tx.execute(TRIM_STRANGERS, args![MOST]).await.map(|_| ())
    } else {
        tx.execute(TRIM_TOKEN, args![token, MOST_OF_TOKEN]).await?;
        tx.execute(TRIM_KNOWN, args![MOST]).await.map(|_| ())
    }
}

fn attempt(row: &Row) -> Result<EnrolmentAttempt, StoreError> {
    let said = |text: String| (!text.is_empty()).then_some(text);
    let token = said(row.text("enrolment_token_id")?);
    Ok(EnrolmentAttempt {
        at: row.timestamp("at")?,
        first_at: row.timestamp("first_at")?,
        tries: u32::try_from(row.int("tries")?).unwrap_or(u32::MAX),
        reason: row.word("reason", AttemptReason::parse)?,
        sentence: row.text("sentence")?,
        next_step: row.text("next_step")?,
        address: row.text("address")?,
        machine: said(row.text("machine")?),
        token: token.map(|_| row.id("enrolment_token_id")).transpose()?,
        told_later: row.int("told_later")? != 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authz::system::for_worker;
    use crate::ids::TestIds;
    use crate::store::testing::on_both;

    fn knock<'a>(
        at: i64,
        address: &'a str,
        machine: Option<&'a str>,
        token: Option<&'a EnrolmentTokenId>,
    ) -> NewAttempt<'a> {
        NewAttempt {
            at: Timestamp::from_micros(at),
            reason: AttemptReason::TokenUsed,
            sentence: "It was used.",
            next_step: "Make another one.",
            address,
            machine,
            token,
            told_later: false,
        }
    }

    #[tokio::test]
    async fn the_same_again_is_counted_and_the_oldest_go() {
        on_both(async |db| {
            let (proof, ids) = (for_worker("test"), TestIds::default());
            let token = EnrolmentTokenId::from_uuid(&format!("{:032x}", 7));
            let mut tx = db.begin().await.unwrap();
            for at in [1, 5] {
                record(&mut tx, &proof, &knock(at, "192.0.2.1", Some("hx-1"), Some(&token)), &ids)
                    .await
                    .unwrap();
            }
            for at in 0..MOST_OF_ADDRESS + 5 {
                let name = format!("m{at}");
                record(&mut tx, &proof, &knock(10 + at, "192.0.2.2", Some(&name), None), &ids).await.unwrap();
            }
            for at in 0..MOST_OF_TOKEN + 5 {
                let address = format!("192.0.2.{at}");
                record(&mut tx, &proof, &knock(100 + at, &address, None, Some(&token)), &ids).await.unwrap();
            }
            tx.commit().await.unwrap();
            let with_token = of_token(&db, &proof, &token).await.unwrap();
            assert_eq!(with_token.len(), usize::try_from(MOST_OF_TOKEN).unwrap());
            assert!(with_token.iter().all(|one| one.machine.is_none()), "the first one was the oldest");
            let all = newest(&db, &proof, Timestamp::from_micros(0), 500).await.unwrap();
            let strangers: Vec<_> = all.iter().filter(|one| one.token.is_none()).collect();
            assert_eq!(strangers.len(), usize::try_from(MOST_OF_ADDRESS).unwrap());
            assert_eq!(strangers.last().and_then(|one| one.machine.as_deref()), Some("m5"));
        })
        .await;
    }

    #[tokio::test]
    async fn one_machine_with_one_reason_is_one_row_with_its_first_and_last_time() {
        on_both(async |db| {
            let (proof, ids) = (for_worker("test"), TestIds::default());
            let mut tx = db.begin().await.unwrap();
            for at in [1, 5, 9] {
                record(&mut tx, &proof, &knock(at, "192.0.2.1", Some("hx-1"), None), &ids).await.unwrap();
            }
            tx.commit().await.unwrap();
            let all = newest(&db, &proof, Timestamp::from_micros(2), 10).await.unwrap();
            let [only] = all.as_slice() else { panic!("{all:?}") };
            assert_eq!((only.tries, only.first_at.as_micros(), only.at.as_micros()), (3, 1, 9));
        })
        .await;
    }

    #[tokio::test]
    async fn of_strangers_there_are_no_more_than_the_most_and_they_push_nobody_else_out() {
        on_both(async |db| {
            let (proof, ids) = (for_worker("test"), TestIds::default());
            let token = EnrolmentTokenId::from_uuid(&format!("{:032x}", 7));
            let mut tx = db.begin().await.unwrap();
            record(&mut tx, &proof, &knock(0, "192.0.2.1", None, Some(&token)), &ids).await.unwrap();
            for at in 0..MOST + 3 {
                let address = format!("10.0.{}.{}", at / 250, at % 250);
                record(&mut tx, &proof, &knock(at, &address, None, None), &ids).await.unwrap();
            }
            tx.commit().await.unwrap();
            let all = newest(&db, &proof, Timestamp::from_micros(0), MOST + 100).await.unwrap();
            assert_eq!(all.len(), usize::try_from(MOST + 1).unwrap());
            assert_eq!(of_token(&db, &proof, &token).await.unwrap().len(), 1);
        })
        .await;
    }
}
