//! `portico config`: the settings in force and where each came from, secrets masked.

use crate::config::{SETTINGS, Values};

pub(super) fn run(values: &Values) -> anyhow::Result<()> {
    let width = SETTINGS.iter().map(|setting| setting.name.len()).max().unwrap_or_default();
    for setting in SETTINGS {
        let (_, source) = values.get(setting);
        let shown = values.shown(setting);
        let shown = if shown.is_empty() { "(not set)" } else { &shown };
        say!("{:width$}  {shown}  ({source})", setting.name)?;
    }
    Ok(())
}
