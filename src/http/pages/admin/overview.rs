//! `/admin`: where everything is; what the side of wider screens shows.

use askama::Template;

use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;
use crate::http::visitor::AdminUser;

#[derive(Template)]
#[template(path = "admin/overview.html")]
pub(crate) struct OverviewPage {
    shell: PageContext,
    face: Face,
}

pub(super) async fn show(shell: PageContext, admin: AdminUser) -> Page<OverviewPage> {
    Page(OverviewPage { shell, face: Face::of(admin.account()) })
}
