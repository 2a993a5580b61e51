//! `/admin`: where everything is; what the side of wider screens shows.

use askama::Template;

use super::super::super::visitor::AdminUser;
use super::super::account::Face;
use super::super::shell::{Page, Shell};

#[derive(Template)]
#[template(path = "admin/overview.html")]
pub(crate) struct OverviewPage {
    shell: Shell,
    face: Face,
}

pub(super) async fn show(shell: Shell, admin: AdminUser) -> Page<OverviewPage> {
    Page(OverviewPage { shell, face: Face::of(admin.account()) })
}
