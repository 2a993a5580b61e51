//! An authenticator app: its codes come from another implementation of RFC 6238 than the program's.

use super::{Answer, Portico, Visitor, python};

/// A code's time, in seconds.
const PERIOD: i64 = 30;

pub struct Authenticator {
    pub secret: String,
    pub recovery: Vec<String>,
}

impl Authenticator {
    /// The app that a person adds on the page: what it scans.
    pub async fn scan(user: &Visitor) -> Authenticator {
        let page = user.get("/account/security/two-factor/app").await;
        page.assert_status(200);
        Authenticator { secret: page.one("#key").replace(' ', ""), recovery: Vec::new() }
    }

    /// The first authenticator app of a user, who saves their recovery codes.
    pub async fn turn_on(portico: &Portico, user: &Visitor) -> Authenticator {
        let mut app = Authenticator::scan(user).await;
        let code = app.code(portico, 0);
        let add = "/account/security/two-factor/app";
        let answer = user.submit(add, &[("second_factor", &code), ("name", "Phone")]).await;
        answer.assert_leads_to("/account/security/two-factor/codes");
        let page = user.follow(&answer).await;
        app.recovery = page.one("#code-list").split_whitespace().map(str::to_owned).collect();
        let on = user.submit("/account/security/two-factor/codes", &[("saved", "1")]).await;
        on.assert_leads_to("/account/security/two-factor");
        // The code that added it is taken already.
        portico.advance(std::time::Duration::from_secs(60));
        app
    }

    /// The code so many steps from now.
    pub fn code(&self, portico: &Portico, steps: i64) -> String {
        let moment = portico.now().unix_timestamp() + steps * PERIOD;
        python("totp.py", &[&self.secret, &moment.to_string()]).trim().to_owned()
    }

    /// A code that is of no use now.
    pub fn wrong_code(&self, portico: &Portico) -> String {
        let near: Vec<String> = (-2..=2).map(|steps| self.code(portico, steps)).collect();
        let mut codes = (0..).map(|number| format!("{number:06}"));
        codes.find(|code| !near.contains(code)).unwrap()
    }
}

/// The first step of a log-in, which leads to the second.
pub async fn begin(portico: &Portico, login: &str, password: &str) -> Visitor {
    let visitor = portico.visitor();
    let answer = visitor.submit("/login", &[("login", login), ("password", password)]).await;
    answer.assert_leads_to("/login/verify");
    visitor
}

/// The second step.
pub async fn verify(visitor: &Visitor, code: &str) -> Answer {
    visitor.submit("/login/verify", &[("second_factor", code)]).await
}
