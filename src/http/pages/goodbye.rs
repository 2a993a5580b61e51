//! `/goodbye`: after an account is deleted.

use askama::Template;

use super::shell::{Page, Shell};

#[derive(Template)]
#[template(path = "goodbye.html")]
pub(super) struct GoodbyePage {
    shell: Shell,
}

pub(super) async fn show(shell: Shell) -> Page<GoodbyePage> {
    Page(GoodbyePage { shell })
}
