//! The RPCs of `UsersAPI`: each reads its parameters, calls one use case and answers in the body.

use tonic::{Request, Response, Status};

use crate::accounts;
use crate::accounts::change::{Change, change};
use crate::accounts::registration::{Credential, Registration};
use crate::app::App;
use crate::error::{Credentials, Error};
use crate::logins;
use crate::lookup;
use crate::model::password::Password;
use crate::model::{Account, AccountSummary, Actor, Door, Field, MAX_NAME_BYTES, Name, Username};
use crate::peer::Peer;

use super::answer::{Refusal, Rpc};
use super::proto;
use super::proto::users_api_server::UsersApi;

/// The service.
#[derive(Clone)]
pub(super) struct Users {
    app: App,
}

type Answer<T> = Result<Response<T>, Status>;

impl Users {
    pub(super) fn new(app: &App) -> Users {
        Users { app: app.clone() }
    }

    async fn find(&self, username: &str) -> Result<AccountSummary, Refusal> {
        wanted(&[username])?;
        Ok(lookup::by_name(&self.app, username).await?.ok_or(Error::NotFound)?)
    }

    async fn open(&self, by: &Actor, user: proto::User) -> Result<Account, Refusal> {
        wanted(&[&user.first_name, &user.last_name, &user.username, &user.password])?;
        let password = password(user.password)?;
        let name = name(&user.first_name, &user.last_name)?;
        Username::keys(&user.username).map_err(|_| Refusal::Parameters)?;
        // A name that could be asked for but not given out is answered as one that is taken: another one will do.
        let username = Username::parse(&user.username).map_err(|_| Error::Taken(Field::Username))?;
        let new = Registration {
            organization: None,
            username: Some(username),
            email: None,
            name,
            credential: Credential::Password(password),
            language: None,
            time_zone: None,
            terms: None,
            picture: None,
        };
        Ok(accounts::register::open(&self.app, by, new, false).await?)
    }

    async fn verify_password(&self, by: &Actor, user: proto::User) -> Result<AccountSummary, Refusal> {
        wanted(&[&user.username, &user.password])?;
        let password = match password(user.password) {
            // Longer than any password may be.
            Err(Refusal::Parameters) => return Err(Error::Credentials(Credentials::Password).into()),
            password => password?,
        };
        Ok(logins::verify(&self.app, by, &user.username, &password).await?)
    }

    async fn edit(&self, by: &Actor, user: proto::User) -> Result<Account, Refusal> {
        wanted(&[&user.username, &user.first_name, &user.last_name])?;
        let name = name(&user.first_name, &user.last_name)?;
        let account = self.find(&user.username).await?;
        let wanted = Change { name: Some(name), is_admin: Some(user.admin), ..Change::default() };
        Ok(change(&self.app, by, account.id, wanted).await?)
    }

    async fn set_password(&self, by: &Actor, user: proto::User) -> Result<(), Refusal> {
        wanted(&[&user.username, &user.password])?;
        let password = password(user.password)?;
        let account = self.find(&user.username).await?;
        let wanted = Change { password: Some(password), ..Change::default() };
        change(&self.app, by, account.id, wanted).await?;
        Ok(())
    }
}

#[tonic::async_trait]
impl UsersApi for Users {
    async fn is_exist(&self, request: Request<proto::User>) -> Answer<proto::Response> {
        let found = self.find(&request.get_ref().username).await;
        Ok(Response::new(Rpc::IsExist.answer(found)))
    }

    async fn create(&self, request: Request<proto::User>) -> Answer<proto::ResponseWithUser> {
        Ok(Response::new(Rpc::Create.answer_with_user(self.open(&actor(&request), request.into_inner()).await)))
    }

    async fn verify(&self, request: Request<proto::User>) -> Answer<proto::ResponseWithUser> {
        Ok(Response::new(
            Rpc::Verify.answer_with_user(self.verify_password(&actor(&request), request.into_inner()).await),
        ))
    }

    async fn info(&self, request: Request<proto::User>) -> Answer<proto::ResponseWithUser> {
        let found = self.find(&request.get_ref().username).await;
        Ok(Response::new(Rpc::Info.answer_with_user(found)))
    }

    async fn update_user_data(&self, request: Request<proto::User>) -> Answer<proto::ResponseWithUser> {
        Ok(Response::new(Rpc::UpdateUserData.answer_with_user(self.edit(&actor(&request), request.into_inner()).await)))
    }

    async fn update_password(&self, request: Request<proto::User>) -> Answer<proto::Response> {
        Ok(Response::new(Rpc::UpdatePassword.answer(self.set_password(&actor(&request), request.into_inner()).await)))
    }
}

/// The service that calls.
fn actor<T>(request: &Request<T>) -> Actor {
    Actor::service(Door::Grpc, request.extensions().get::<Peer>().map(|peer| peer.0.ip()))
}

/// Refuses empty parameters: on this wire they are the missing ones.
fn wanted(parameters: &[&str]) -> Result<(), Refusal> {
    if parameters.iter().any(|parameter| parameter.is_empty()) { Err(Refusal::Parameters) } else { Ok(()) }
}

fn name(first: &str, last: &str) -> Result<Name, Refusal> {
    let fits = |text: &str| text.len() <= MAX_NAME_BYTES && !text.contains('\0');
    if fits(first) && fits(last) { Ok(Name::parts(first, last)) } else { Err(Refusal::Parameters) }
}

fn password(text: String) -> Result<Password, Refusal> {
    if text.contains('\0') {
        // bcrypt, which the replaced service hashed with, fails at it, and so did the service.
        return Err(Refusal::Broken);
    }
    Password::typed(text).map_err(|_| Refusal::Parameters)
}
