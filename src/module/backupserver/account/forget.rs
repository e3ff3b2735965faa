//! `backupserver.forget_account`: staff give a name up whose sign-up got no answer, after they looked into the console. The
//! Backup Server is not asked and nothing changes there. An account that is surely the service's is never forgotten so.

use super::pass_key::allowed;
use super::sign_up::{clean, show_name};
use crate::host::{Class, Failure, Host};
use crate::module::backupserver::connect::no_account;
use crate::module::backupserver::tables::{self, MODULE, ensure};
use crate::module::backupserver::verb::Input;
use crate::module::common::claim::{Claimed, claim};
use crate::module::common::rows::row;
use crate::module::{Env, Report};
use serde_json::{Value, json};

/// Forgets the name that the service asked for.
pub(crate) async fn forget_account(host: Host, _: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    allowed(&host, &input, "forget_account").await?;
    ensure(&host).await?;
    let mut svc = claim(&host, MODULE, &input.service.id, "forget_account").await?;
    let done = forget(&host, &input.service.username, &mut svc).await;
    svc.finish(&host, done).await
}

async fn forget(host: &Host, username: &str, svc: &mut Claimed) -> Report {
    let known = tables::known(host, MODULE, &svc.service_id).await?;
    let known = known.ok_or_else(|| no_account(""))?;
    let name = &known.account.name;
    if known.is_sure() {
        return Err(Failure::new(
            Class::ConfigRefused,
            "backupserver.sure",
            format!("The account \"{name}\" is surely this service's."),
            "Nothing was changed.",
            "Press Terminate to deactivate it.",
        ));
    }
    let sentence = format!(
        "The account name \"{name}\" is forgotten; its sign-up got no answer. If the Backup Server has an account of that \
         name, nothing here will suspend or terminate it."
    );
    // Told before, so that a kill between the two loses no word of it.
    host.log("warning", "backupserver.forgotten", sentence.as_str());
    if clean(username) == *name {
        // Nothing shall take the service for one whose account is called so.
        show_name(host, MODULE, &svc.service_id, "").await?;
    }
    svc.save(host, row([("state", "new".into())]), vec![known.delete()?])
        .await?;
    Ok(json!({ "message": sentence }))
}
