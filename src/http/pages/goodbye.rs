//! `/goodbye`: after an account is deleted.

use askama::Template;

use super::context::{Page, PageContext};

#[derive(Template)]
#[template(path = "goodbye.html")]
pub(super) struct GoodbyePage {
    shell: PageContext,
}

pub(super) async fn show(shell: PageContext) -> Page<GoodbyePage> {
    Page(GoodbyePage { shell })
}
