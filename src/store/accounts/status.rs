//! A status as the databases hold it: its name.

use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Type};

use crate::model::Status;

impl<D: Database> Type<D> for Status
where
    str: Type<D>,
{
    fn type_info() -> D::TypeInfo {
        str::type_info()
    }

    fn compatible(info: &D::TypeInfo) -> bool {
        str::compatible(info)
    }
}

impl<'r, D: Database> Decode<'r, D> for Status
where
    &'r str: Decode<'r, D>,
{
    fn decode(value: D::ValueRef<'r>) -> Result<Status, BoxDynError> {
        Ok(<&str>::decode(value)?.to_owned().try_into()?)
    }
}
