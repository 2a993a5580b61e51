//! An OpenAPI 3.1 document, call by call.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// A document that grows.
pub(in crate::http::api) struct Document {
    schemas: SchemaGenerator,
    paths: Map<String, Value>,
    locks: Map<String, Value>,
}

impl Document {
    pub(super) fn new() -> Document {
        let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        Document { schemas: settings.into_generator(), paths: Map::new(), locks: Map::new() }
    }

    /// Credentials that calls may ask for by this name, as a security scheme.
    pub(in crate::http::api) fn lock(&mut self, name: &str, scheme: Value) {
        self.locks.insert(name.to_owned(), scheme);
    }

    /// A call; `path` may have `{names}`, each of them a text.
    pub(in crate::http::api) fn call(
        &mut self,
        method: &'static str,
        path: &str,
        tag: &str,
        summary: &str,
    ) -> Call<'_> {
        let names = path.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
        let parameter =
            |name: &str| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } });
        let parameters: Vec<Value> = names.map(parameter).collect();
        let mut operation = json!({ "tags": [tag], "summary": summary, "responses": {} });
        if !parameters.is_empty() {
            operation["parameters"] = parameters.into();
        }
        Call { document: self, method, path: path.to_owned(), operation }
    }

    pub(super) fn finish(mut self) -> Value {
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "Portico",
                "version": env!("CARGO_PKG_VERSION"),
                "description": "User accounts in the words of four services. An account of one is an account of all, and \
                                so is a token, unless a dialect has a key of its own. A slash at the end of a path is \
                                optional.",
                "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
            },
            "servers": [{ "url": "/" }],
            "paths": self.paths,
            "components": { "schemas": self.schemas.take_definitions(true), "securitySchemes": self.locks },
        })
    }
}

/// A call as it is described.
pub(in crate::http::api) struct Call<'d> {
    document: &'d mut Document,
    method: &'static str,
    path: String,
    operation: Value,
}

impl Call<'_> {
    /// Credentials it wants.
    pub(in crate::http::api) fn locked(mut self, lock: &str) -> Self {
        self.operation["security"] = json!([{ lock: [] }]);
        self
    }

    /// Credentials it looks at, if there are any.
    pub(in crate::http::api) fn may_be_locked(mut self, lock: &str) -> Self {
        self.operation["security"] = json!([{}, { lock: [] }]);
        self
    }

    /// The body it takes, in any of these media types.
    pub(in crate::http::api) fn takes<T: JsonSchema>(mut self, kinds: &[&str], example: Value) -> Self {
        let schema = self.document.schemas.subschema_for::<T>();
        let content: Map<String, Value> =
            kinds.iter().map(|kind| ((*kind).to_owned(), json!({ "schema": schema, "example": example }))).collect();
        self.operation["requestBody"] = json!({ "required": true, "content": content });
        self
    }

    /// An answer in JSON.
    pub(in crate::http::api) fn answers<T: JsonSchema>(self, status: u16, what: &str) -> Self {
        self.answers_as::<T>(status, what, "application/json")
    }

    pub(in crate::http::api) fn answers_as<T: JsonSchema>(mut self, status: u16, what: &str, kind: &str) -> Self {
        let schema = self.document.schemas.subschema_for::<T>();
        self.add(status, json!({ "description": what, "content": { kind: { "schema": schema } } }));
        self
    }

    /// Answers of several statuses that look alike.
    pub(in crate::http::api) fn refuses<T: JsonSchema>(mut self, rows: &[(u16, &str)]) -> Self {
        for (status, what) in rows {
            self = self.answers::<T>(*status, what);
        }
        self
    }

    /// Answers that are exactly this text.
    pub(in crate::http::api) fn says(mut self, rows: &[(u16, &str, &str)]) -> Self {
        for (status, kind, text) in rows {
            let content = json!({ *kind: { "schema": { "type": "string" }, "example": text } });
            self.add(*status, json!({ "description": text, "content": content }));
        }
        self
    }

    /// An answer without a body.
    pub(in crate::http::api) fn empty(mut self, status: u16, what: &str) -> Self {
        self.add(status, json!({ "description": what }));
        self
    }

    fn add(&mut self, status: u16, mut answer: Value) {
        let retry = json!({ "Retry-After": { "schema": { "type": "string" }, "description": "Seconds" } });
        if matches!(status, 429 | 503) {
            answer["headers"] = retry;
        }
        // One status may come in two media types.
        let slot = &mut self.operation["responses"][status.to_string()];
        match (slot.get_mut("content").and_then(Value::as_object_mut), answer["content"].as_object()) {
            (Some(known), Some(more)) => known.extend(more.clone()),
            _ => *slot = answer,
        }
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let id: String = format!("{} {}", self.method, self.path)
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join("_");
        self.operation["operationId"] = id.into();
        let path = self.document.paths.entry(std::mem::take(&mut self.path)).or_insert(json!({}));
        path[self.method] = self.operation.take();
    }
}
