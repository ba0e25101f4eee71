//! The accounts of the people of a test, and what must hold of one when an operation on it is over.

use operations::OperationState;
use read_models::ids::{KeptSecretId, OperationId, PasskeyId, SessionId, SshKeyId, TokenId, UserId, ViewId};
use serde_json::{Value, json};

use std::time::Duration;

use super::{Scene, Site, proof};
use crate::authn::{NewPasskey, stored_hash, totp_place};
use crate::authz::{Grant, Role, Scope};
use crate::clock::Clock as _;
use crate::operations::kept_place;
use crate::state::AppState;
use crate::store::db::StoreError;
use crate::store::kept_secrets::{self, KeptSecret, Purpose};
use crate::store::operations::StoredOperation;
use crate::store::passkeys::{self, PasskeyRecord};
use crate::store::saved_views::{self, SavedView};
use crate::store::ssh_keys::{self, SshKey};
use crate::store::users::{self, NewAccount};
use crate::store::{recovery_codes, sessions, tokens, totps};

/// Two keys that are in nobody's account.
pub(crate) const KEYS: [&str; 2] = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINqtL9J5fC367LBDn5U4a/0sjVVQo1sDQqCiDhu4/YgA ada@laptop",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIJKiztnINYkyGDpjnRU8S4SU0xoDbCupSSNhpUaADa9",
];

/// The secret of an app.
pub(crate) const APP: &[u8] = b"12345678901234567890";

/// What is known of a passkey; nobody can answer for it.
pub(crate) const PASSKEY: &str = "{}";

/// The person of a role.
pub(crate) fn user_of(role: Role) -> UserId {
    let number = Role::ALL.iter().position(|other| *other == role).unwrap() + 10;
    UserId::from_uuid(&format!("{number:032x}"))
}

/// Each role has a person with an account.
pub(super) async fn has_people(state: &AppState) {
    let (mut tx, now) = (state.db.begin().await.unwrap(), state.clock.now());
    for role in Role::ALL {
        let (id, email) = (user_of(role), format!("{}@example.org", role.key()));
        let new = NewAccount { id: &id, email: &email, display_name: role.key(), password_hash: "x" };
        users::create(&mut tx, &proof(), new, now).await.unwrap();
        if !role.is_of_project() {
            let grant = Grant { role, scope: Scope::Platform };
            users::grant_role(&mut tx, &proof(), &id, &grant, now).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
}

pub(super) fn is_of_account(operation: &str) -> bool {
    const KINDS: [&str; 9] = [
        "session.",
        "token.",
        "ssh_key.",
        "profile.",
        "view.",
        "password.",
        "totp.",
        "passkey.",
        "recovery_code.",
    ];
    KINDS.iter().any(|kind| operation.starts_with(kind))
}

impl Site {
    /// What has to be there for an operation on the administrator's own account, which keeps nothing of the case before.
    pub(super) async fn account_scene(&mut self, operation: &str) -> Scene {
        let user = user_of(Role::PlatformAdmin);
        self.forgets_keys(&user).await;
        let name = self.fresh("own-");
        let input = match operation {
            "session.end" => json!({ "session": self.has_session(&user).await }),
            "token.issue" => json!({ "name": name, "scope": "read", "days": 30 }),
            "token.revoke" => {
                let input = json!({ "name": name, "scope": "read", "days": 30 });
                let issued = self.asks(&self.admin(), &Scene::on_person("token.issue", &user, input)).await;
                self.run_until_it_rests().await;
                json!({ "token": TokenId::from_uuid(issued.digits()) })
            }
            "ssh_key.add" => json!({ "name": name, "public_key": KEYS[0] }),
            "ssh_key.remove" => json!({ "key": self.has_key(&user, &name).await }),
            "profile.update" => json!({ "display_name": name, "landing": "workloads" }),
            "password.change" => {
                let stays = self.has_session(&user).await;
                self.has_session(&user).await;
                json!({ "password": self.has_a_new_password(&user, Some(&stays)).await })
            }
            "totp.add" => json!({ "secret": self.has_an_app_to_add(&user).await }),
            "totp.remove" | "recovery_code.issue" => {
                self.has_an_app(&user).await;
                json!({})
            }
            "passkey.add" => json!({ "name": name, "passkey": self.has_a_passkey_to_add(&user).await }),
            "passkey.remove" => {
                json!({ "passkey": self.has_a_passkey(&user, &name).await })
            }
            "view.save" => json!({ "name": name, "address": "/workloads?view=history" }),
            "view.rename" => {
                json!({ "view": self.has_view(&user, &name).await, "name": format!("{name}-new") })
            }
            "view.delete" => json!({ "view": self.has_view(&user, &name).await }),
            unknown => panic!("write a scene for {unknown}"),
        };
        Scene::on_person(operation, &user, input)
    }

    /// A session that began just now, in another browser.
    pub(crate) async fn has_session(&self, user: &UserId) -> SessionId {
        let (uuid, now) = (self.state.ids.uuid(), self.clock.now());
        let id = SessionId::from_uuid(&uuid);
        let mut tx = self.state.db.begin().await.unwrap();
        let device = "Mozilla/5.0 (X11; Linux) Firefox/130.0";
        sessions::begin(&mut tx, &proof(), (&id, &uuid), user, device, now).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A password that was handed in; its hash is a made-up one, which costs no time.
    pub(crate) async fn has_a_new_password(&self, user: &UserId, stays: Option<&SessionId>) -> KeptSecretId {
        let (uuid, now) = (self.state.ids.uuid(), self.clock.now());
        let (id, hash) = (KeptSecretId::from_uuid(&uuid), format!("hash-{uuid}"));
        let sealed = self.state.sealing.seal(&kept_place(&id), hash.as_bytes(), &*self.state.ids).unwrap();
        let kept = KeptSecret {
            id: id.clone(),
            user: user.clone(),
            session: stays.cloned(),
            purpose: Purpose::Password,
            sealed: Some(sealed),
            digest: stored_hash(&hash),
            kept_at: now,
            good_until: now.plus(kept_secrets::GOOD_FOR),
            confirmed_step: None,
            used_by: None,
        };
        let mut tx = self.state.db.begin().await.unwrap();
        kept_secrets::keep(&mut tx, &proof(), &kept).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// The secret of an app that a code has confirmed, at a step long ago.
    pub(crate) async fn has_an_app_to_add(&self, user: &UserId) -> KeptSecretId {
        let (uuid, now) = (self.state.ids.uuid(), self.clock.now());
        let id = KeptSecretId::from_uuid(&uuid);
        let sealed = self.state.sealing.seal(&kept_place(&id), APP, &*self.state.ids).unwrap();
        let kept = KeptSecret {
            id: id.clone(),
            user: user.clone(),
            session: None,
            purpose: Purpose::Totp,
            sealed: Some(sealed),
            digest: stored_hash("of no use here"),
            kept_at: now,
            good_until: now.plus(kept_secrets::GOOD_FOR),
            confirmed_step: None,
            used_by: None,
        };
        let mut tx = self.state.db.begin().await.unwrap();
        kept_secrets::keep(&mut tx, &proof(), &kept).await.unwrap();
        kept_secrets::confirm(&mut tx, &proof(), &id, 1).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// The person has an app with the secret [`APP`], and two recovery codes.
    pub(crate) async fn has_an_app(&self, user: &UserId) {
        let (by, now) = (OperationId::from_uuid(&self.state.ids.uuid()), self.clock.now());
        let sealed = self.state.sealing.seal(&totp_place(user), APP, &*self.state.ids).unwrap();
        let mut tx = self.state.db.begin().await.unwrap();
        totps::add(&mut tx, &proof(), user, (&sealed, 1), (&by, now)).await.unwrap();
        let hashes = ["one".to_owned(), "two".to_owned()];
        recovery_codes::replace(&mut tx, &proof(), user, &hashes, (&by, now)).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A passkey whose authenticator has answered.
    pub(crate) async fn has_a_passkey_to_add(&self, user: &UserId) -> KeptSecretId {
        let (uuid, now) = (self.state.ids.uuid(), self.clock.now());
        let id = KeptSecretId::from_uuid(&uuid);
        let new = NewPasskey { credential_id: uuid, credential: PASSKEY.to_owned() };
        let text = serde_json::to_vec(&new).unwrap();
        let sealed = self.state.sealing.seal(&kept_place(&id), &text, &*self.state.ids).unwrap();
        let kept = KeptSecret {
            id: id.clone(),
            user: user.clone(),
            session: None,
            purpose: Purpose::Passkey,
            sealed: Some(sealed),
            digest: stored_hash(&new.credential_id),
            kept_at: now,
            good_until: now.plus(kept_secrets::GOOD_FOR),
            confirmed_step: None,
            used_by: None,
        };
        let mut tx = self.state.db.begin().await.unwrap();
        kept_secrets::keep(&mut tx, &proof(), &kept).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// The person has a passkey, and two recovery codes when they had none.
    pub(crate) async fn has_a_passkey(&self, user: &UserId, name: &str) -> PasskeyId {
        let (by, now) = (OperationId::from_uuid(&self.state.ids.uuid()), self.clock.now());
        let record = PasskeyRecord {
            id: PasskeyId::from_uuid(by.digits()),
            user: user.clone(),
            name: name.to_owned(),
            credential_id: by.to_string(),
            credential: PASSKEY.to_owned(),
            counter: 0,
            added_at: now,
            added_by: by.clone(),
            last_used_at: None,
            doubted_at: None,
        };
        let mut tx = self.state.db.begin().await.unwrap();
        passkeys::add(&mut tx, &proof(), &record).await.unwrap();
        if recovery_codes::of(&mut tx, &proof(), user).await.unwrap().is_empty() {
            let hashes = ["three".to_owned(), "four".to_owned()];
            recovery_codes::replace(&mut tx, &proof(), user, &hashes, (&by, now)).await.unwrap();
        }
        tx.commit().await.unwrap();
        record.id
    }

    async fn has_key(&self, user: &UserId, name: &str) -> SshKeyId {
        let uuid = self.state.ids.uuid();
        let key = SshKey {
            id: SshKeyId::from_uuid(&uuid),
            user: user.clone(),
            name: name.to_owned(),
            algorithm: "ssh-ed25519".to_owned(),
            public_key: KEYS[1].to_owned(),
            fingerprint: format!("SHA256:{uuid}"),
            added_at: self.clock.now(),
        };
        let mut tx = self.state.db.begin().await.unwrap();
        ssh_keys::add(&mut tx, &proof(), &key).await.unwrap();
        tx.commit().await.unwrap();
        key.id
    }

    /// A view of the workloads that was saved before.
    pub(crate) async fn has_view(&self, user: &UserId, name: &str) -> ViewId {
        let view = SavedView {
            id: ViewId::from_uuid(&self.state.ids.uuid()),
            user: user.clone(),
            route: "workbench".to_owned(),
            name: name.to_owned(),
            address: "/workloads?view=all".to_owned(),
            saved_at: self.clock.now(),
        };
        let mut tx = self.state.db.begin().await.unwrap();
        saved_views::save(&mut tx, &proof(), &view).await.unwrap();
        tx.commit().await.unwrap();
        view.id
    }

    async fn forgets_keys(&self, user: &UserId) {
        let mut tx = self.state.db.begin().await.unwrap();
        for key in ssh_keys::of_person(&mut tx, &proof(), user).await.unwrap() {
            ssh_keys::remove(&mut tx, &proof(), user, &key.id).await.unwrap();
        }
        for session in sessions::open_of_person(&mut tx, &proof(), user, self.clock.now()).await.unwrap() {
            sessions::end_one(&mut tx, &proof(), user, &session.id).await.unwrap();
        }
        for view in saved_views::of_person(&mut tx, &proof(), user).await.unwrap() {
            saved_views::delete(&mut tx, &proof(), user, &view.id).await.unwrap();
        }
        recovery_codes::forget(&mut tx, &proof(), user).await.unwrap();
        passkeys::forget(&mut tx, &proof(), user).await.unwrap();
        if totps::of(&mut tx, &proof(), user).await.unwrap().is_some() {
            totps::remove(&mut tx, &proof(), user).await.unwrap();
        }
        // Of a case before that was not over: its tokens count against the most a person may have.
        for token in tokens::of_person(&mut tx, &proof(), user, 300).await.unwrap() {
            if token.revoked_at.is_none() {
                tokens::revoke(&mut tx, &proof(), &token.id, self.clock.now()).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
    }

    pub(super) async fn has_the_account_it_says(&self, operation: &StoredOperation, context: &str) {
        let (state, input) = (operation.record.state, &operation.input);
        let done = self.is_done(operation, input).await;
        // What cannot be taken back is told as left over.
        let for_good = matches!(
            operation.operation.as_str(),
            "session.end"
                | "token.revoke"
                | "password.change"
                | "totp.remove"
                | "passkey.remove"
                | "recovery_code.issue"
        );
        let told = !operation.record.debris.is_empty();
        match state {
            OperationState::Succeeded => assert!(done, "{context}"),
            OperationState::Failed | OperationState::Cancelled if for_good => {
                assert!(!done || told, "{context}");
            }
            OperationState::Failed | OperationState::Cancelled => assert!(!done, "{context}"),
            OperationState::Stuck => assert!(told, "{context}"),
            OperationState::Planned | OperationState::Queued | OperationState::Running => panic!("{context}"),
        }
    }

    async fn is_done(&self, operation: &StoredOperation, input: &Value) -> bool {
        let (db, digits) = (&mut &self.state.db, operation.id.digits());
        let text = |name: &str| input[name].as_str().unwrap().to_owned();
        let token = async |id: TokenId| tokens::find(&mut &self.state.db, &proof(), &id).await;
        let key = async |id: SshKeyId| ssh_keys::find(&mut &self.state.db, &proof(), &id).await;
        let view = async |id: ViewId| saved_views::find(&mut &self.state.db, &proof(), &id).await;
        match operation.operation.as_str() {
            "session.end" => {
                let id = SessionId::parse(&text("session")).unwrap();
                !sessions::is_open(db, &proof(), &id, operation.requested_at).await.unwrap()
            }
            "token.issue" => {
                token(TokenId::from_uuid(digits)).await.is_ok_and(|token| token.revoked_at.is_none())
            }
            "token.revoke" => {
                token(TokenId::parse(&text("token")).unwrap()).await.unwrap().revoked_at.is_some()
            }
            "ssh_key.add" => key(SshKeyId::from_uuid(digits)).await.is_ok(),
            "ssh_key.remove" => {
                let found = key(SshKeyId::parse(&text("key")).unwrap()).await;
                matches!(found, Err(StoreError::NotFound))
            }
            "password.change" => {
                let id = KeptSecretId::parse(&text("password")).unwrap();
                let kept = kept_secrets::find(db, &proof(), &id).await.unwrap().unwrap();
                let user = user_of(Role::PlatformAdmin);
                let account = users::by_id(db, &proof(), &user).await.unwrap();
                let times = (operation.requested_at.plus(Duration::from_micros(1)), self.clock.now());
                let (stays, proof) = (kept.session.as_ref(), proof());
                let others = sessions::others_from_before(db, &proof, &user, stays, times).await.unwrap();
                let is_set = stored_hash(&account.password_hash) == kept.digest;
                assert_eq!(is_set, !others, "both or neither");
                is_set
            }
            "profile.update" => {
                let account = users::by_id(db, &proof(), &user_of(Role::PlatformAdmin)).await.unwrap();
                account.display_name == text("display_name")
            }
            "totp.add" | "totp.remove" | "passkey.add" | "passkey.remove" | "recovery_code.issue" => {
                self.has_the_second_factor_it_says(operation).await
            }
            "view.save" => view(ViewId::from_uuid(digits)).await.is_ok(),
            "view.rename" => view(ViewId::parse(&text("view")).unwrap()).await.unwrap().name == text("name"),
            "view.delete" => {
                let found = view(ViewId::parse(&text("view")).unwrap()).await;
                matches!(found, Err(StoreError::NotFound))
            }
            unknown => panic!("say what must hold of {unknown}"),
        }
    }

    /// Whether it is done; app and codes are always both there or both not.
    async fn has_the_second_factor_it_says(&self, operation: &StoredOperation) -> bool {
        let (db, user, id) = (&mut &self.state.db, user_of(Role::PlatformAdmin), &operation.id);
        let app = totps::of(db, &proof(), &user).await.unwrap();
        let codes = recovery_codes::of(db, &proof(), &user).await.unwrap();
        let passkeys = passkeys::of(db, &proof(), &user).await.unwrap();
        let has_any = app.is_some() || !passkeys.is_empty();
        assert_eq!(has_any, !codes.is_empty(), "a factor without a way back, or codes without a factor");
        let issued = codes.iter().filter(|code| code.issued_by == *id).count();
        assert!(issued == 0 || issued == codes.len() && issued == 10, "{issued} of {}", codes.len());
        match operation.operation.as_str() {
            "totp.add" => app.is_some_and(|app| app.added_by == *id),
            "totp.remove" => app.is_none(),
            "passkey.add" => passkeys.iter().any(|one| one.added_by == *id),
            "passkey.remove" => passkeys.is_empty(),
            _ => issued == 10,
        }
    }
}
