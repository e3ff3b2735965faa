//! A host in memory, for tests and for programs that want to try the core: the same ops, real unique keys and
//! transactions, no SQL. Owns nothing that a production host would need.

use super::{LogEntry, Port, PortError};
use crate::time::Instant;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A row as stored: column to JSON text, null or secret.
type Stored = Map<String, Value>;

/// One table as stored.
#[derive(Clone, Debug, Default)]
struct Relation {
    columns: Vec<(String, String)>,
    /// The columns that are never NULL.
    filled: Vec<String>,
    primary: Vec<String>,
    unique: Vec<Vec<String>>,
    guarded: bool,
    rows: BTreeMap<Key, Stored>,
}

/// The values of a row's primary key.
type Key = Vec<String>;

/// What a change replaced: undone, newest first, when a later change of the same apply finds a conflict.
struct Undo {
    table: String,
    key: Key,
    before: Option<Stored>,
}

/// The whole host. Fields are public so that a test can set up and look.
#[derive(Clone, Debug)]
pub struct MemoryHost {
    /// Our own tables.
    tables: BTreeMap<String, Relation>,
    /// Services by id, as `service.get` answers them.
    pub services: BTreeMap<String, Value>,
    /// Servers by id, as `server.get` answers them.
    pub servers: BTreeMap<String, Value>,
    /// The answer to `host.settings`.
    pub settings: Value,
    /// Invoices by id: id, client_id, status, date, due_date, notes, lines.
    pub invoices: BTreeMap<u64, Value>,
    /// Credits given: client_id, amount, marker.
    pub credits: Vec<Value>,
    /// Mails sent.
    pub mails: Vec<Value>,
    /// Clients by id, as `client.get` answers them.
    pub clients: BTreeMap<String, Value>,
    /// The names of the clients' own fields in their order of display, and whether clients see them.
    pub client_fields: Vec<(String, bool)>,
    /// Values of the clients' own fields, by client id and name.
    pub client_values: BTreeMap<(String, String), Value>,
    /// Orders by id, as `order.get` answers them.
    pub orders: BTreeMap<String, Value>,
    /// What `service.fields` set, by service id.
    pub fields: BTreeMap<String, Map<String, Value>>,
    /// The database's clock.
    pub clock: Instant,
    /// The log of all sessions.
    pub logs: Vec<LogEntry>,
    /// Ops that this host refuses, by name: how a test sees what a job does then.
    pub refused_ops: BTreeSet<String>,
}

fn error(code: &str, message: impl Into<String>) -> PortError {
    PortError {
        code: code.into(),
        message: message.into(),
    }
}

fn text<'a>(args: &'a Value, name: &str) -> Result<&'a str, PortError> {
    args.get(name)
        .and_then(Value::as_str)
        .ok_or_else(|| error("host.args", format!("{name} is missing")))
}

fn list<'a>(args: &'a Value, name: &str) -> Result<&'a Vec<Value>, PortError> {
    args.get(name)
        .and_then(Value::as_array)
        .ok_or_else(|| error("host.args", format!("{name} is missing")))
}

fn map<'a>(args: &'a Value, name: &str) -> Result<&'a Stored, PortError> {
    args.get(name)
        .and_then(Value::as_object)
        .ok_or_else(|| error("host.args", format!("{name} is missing")))
}

fn names(value: &Value) -> Vec<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

impl MemoryHost {
    /// An empty host whose database clock shows `clock`.
    pub fn new(clock: Instant) -> Self {
        Self {
            tables: BTreeMap::new(),
            services: BTreeMap::new(),
            servers: BTreeMap::new(),
            settings: json!({ "time_zone": "UTC", "invoice_due_days": 14, "tax_enabled": false, "today": "" }),
            invoices: BTreeMap::new(),
            credits: Vec::new(),
            mails: Vec::new(),
            clients: BTreeMap::new(),
            client_fields: Vec::new(),
            client_values: BTreeMap::new(),
            orders: BTreeMap::new(),
            fields: BTreeMap::new(),
            clock,
            logs: Vec::new(),
            refused_ops: BTreeSet::new(),
        }
    }

    /// The rows of one of our tables, by primary key.
    pub fn rows(&self, table: &str) -> Vec<&Map<String, Value>> {
        self.tables
            .get(table)
            .map(|r| r.rows.values().collect())
            .unwrap_or_default()
    }

    /// Empties one of our tables, as a test that plays an older installation needs it.
    pub fn forget_rows(&mut self, table: &str) {
        if let Some(relation) = self.tables.get_mut(table) {
            relation.rows.clear();
        }
    }

    fn services_of(&self, client: &str, module: &str) -> Vec<Value> {
        let at = |service: &Value, path: &str| service.pointer(path).cloned().unwrap_or(json!(""));
        let is = |service: &Value| at(service, "/client_id") == client && at(service, "/product/module") == module;
        self.services
            .values()
            .filter(|service| is(service))
            .map(|service| {
                let id = at(service, "/id");
                let set = id.as_str().and_then(|id| self.fields.get(id));
                let ip = set
                    .and_then(|set| set.get("dedicated_ip"))
                    .cloned()
                    .unwrap_or(json!(""));
                json!({ "id": id, "status": at(service, "/status"), "product": at(service, "/product/name"),
                        "domain": at(service, "/domain"), "dedicated_ip": ip })
            })
            .collect()
    }

    /// Invoices with this status.
    pub fn invoices_with(&self, status: &str) -> Vec<&Value> {
        self.invoices
            .values()
            .filter(|i| i.get("status").and_then(Value::as_str) == Some(status))
            .collect()
    }

    fn relation(&self, name: &str) -> Result<&Relation, PortError> {
        self.tables
            .get(name)
            .ok_or_else(|| error("host.table", format!("no table {name}")))
    }

    fn ensure(&mut self, args: &Value) -> Result<Value, PortError> {
        for declared in list(args, "tables")? {
            let name = text(declared, "name")?.to_owned();
            let relation = self.tables.entry(name).or_default();
            relation.columns = list(declared, "columns")?
                .iter()
                .filter_map(|c| Some((c.get("name")?.as_str()?.to_owned(), c.get("kind")?.as_str()?.to_owned())))
                .collect();
            relation.filled = list(declared, "columns")?
                .iter()
                .filter(|c| c.get("nullable") != Some(&json!(true)))
                .filter_map(|c| Some(c.get("name")?.as_str()?.to_owned()))
                .collect();
            relation.primary = declared.get("primary").map(names).unwrap_or_default();
            relation.unique = declared
                .get("unique")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .map(names)
                .collect();
            relation.guarded = declared.get("guarded").and_then(Value::as_bool).unwrap_or(false);
        }
        Ok(json!({}))
    }

    fn read(&self, args: &Value) -> Result<Value, PortError> {
        let relation = self.relation(text(args, "table")?)?;
        let conditions: Result<Vec<Condition>, PortError> =
            list(args, "where")?.iter().map(|c| relation.condition(c)).collect();
        let conditions = conditions?;
        let fits = |row: &&Stored| conditions.iter().all(|condition| condition.holds(row));
        let mut found: Vec<&Stored> = relation.rows.values().filter(fits).collect();
        let order = args.get("order").map(names).unwrap_or_default();
        let order: Vec<(&str, bool)> = order.iter().map(|c| (c.as_str(), relation.is_int(c))).collect();
        found.sort_by(|a, b| {
            order
                .iter()
                .map(|(column, int)| compare(*int, told(a.get(*column)), told(b.get(*column))))
                .fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
        });
        let limit = usize::try_from(args.get("limit").and_then(Value::as_u64).unwrap_or(0)).unwrap_or(usize::MAX);
        found.truncate(limit);
        Ok(json!({ "rows": found }))
    }

    fn apply(&mut self, args: &Value) -> Result<Value, PortError> {
        let token = text(args, "token")?.to_owned();
        let mut undo = Vec::new();
        for change in list(args, "changes")? {
            match self.change(change, &token) {
                Ok(Some(done)) => undo.push(done),
                Ok(None) => {
                    self.take_back(undo);
                    return Ok(json!({ "outcome": "conflict" }));
                }
                Err(e) => {
                    self.take_back(undo);
                    return Err(e);
                }
            }
        }
        Ok(json!({ "outcome": "applied" }))
    }

    /// Carries out one change; None when its guard does not hold.
    fn change(&mut self, change: &Value, token: &str) -> Result<Option<Undo>, PortError> {
        let table = text(change, "table")?.to_owned();
        let relation = self
            .tables
            .get_mut(&table)
            .ok_or_else(|| error("host.table", format!("no table {table}")))?;
        let (key, row) = match text(change, "kind")? {
            "insert" => (
                relation.key(map(change, "values")?)?,
                relation.inserted(map(change, "values")?, token)?,
            ),
            "update" => {
                let key = relation.key(map(change, "key")?)?;
                let row = relation.updated(&key, text(change, "rev")?, map(change, "values")?, token)?;
                (key, row)
            }
            "put" => (
                relation.key(map(change, "values")?)?,
                Some(relation.merged(map(change, "values")?)?),
            ),
            "delete" => {
                let key = relation.key(map(change, "key")?)?;
                let before = relation.rows.remove(&key);
                return Ok(Some(Undo { table, key, before }));
            }
            kind => return Err(error("host.args", format!("no change of kind {kind}"))),
        };
        Ok(row.map(|row| {
            let before = relation.rows.insert(key.clone(), row);
            Undo { table, key, before }
        }))
    }

    fn take_back(&mut self, undo: Vec<Undo>) {
        for Undo { table, key, before } in undo.into_iter().rev() {
            if let Some(relation) = self.tables.get_mut(&table) {
                match before {
                    Some(row) => relation.rows.insert(key, row),
                    None => relation.rows.remove(&key),
                };
            }
        }
    }

    /// Looks a client's own field up, and writes its value if there is one.
    fn client_field(&mut self, args: &Value) -> Result<Value, PortError> {
        let (client, name) = (text(args, "client_id")?, text(args, "name")?);
        let at = self
            .client_fields
            .iter()
            .position(|(known, _)| known == name)
            .or_else(|| {
                let wanted = name.trim().to_lowercase();
                self.client_fields
                    .iter()
                    .position(|(known, _)| known.trim().to_lowercase() == wanted)
            });
        let Some((at, (known, visible))) = at.and_then(|at| Some((at, self.client_fields.get(at)?))) else {
            return Ok(json!({ "field": null }));
        };
        if let Some(value) = args.get("value").filter(|value| !value.is_null()) {
            self.client_values
                .insert((client.to_owned(), known.clone()), value.clone());
        }
        Ok(json!({ "field": { "name": known, "position": at, "visible": visible } }))
    }

    /// The invoices of a client with a line that begins like the one asked for.
    fn invoices_with_line(&self, args: &Value) -> Result<Vec<Value>, PortError> {
        let (client, begins) = (text(args, "client_id")?, text(args, "begins")?);
        let of = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut found = Vec::new();
        for invoice in self
            .invoices
            .values()
            .filter(|invoice| of(invoice, "client_id") == client)
        {
            let lines = invoice.get("lines").and_then(Value::as_array);
            let free = lines.into_iter().flatten().filter(|line| of(line, "type").is_empty());
            for line in free
                .map(|line| of(line, "description"))
                .filter(|line| line.starts_with(begins))
            {
                found.push(json!({ "id": of(invoice, "id"), "date": of(invoice, "date"), "line": line }));
            }
        }
        Ok(found)
    }

    fn draft(&mut self, args: &Value) -> Value {
        let id = self
            .invoices
            .keys()
            .next_back()
            .map_or(1, |last| last.saturating_add(1));
        let mut invoice = args.clone();
        if let Some(map) = invoice.as_object_mut() {
            map.insert("id".into(), json!(id.to_string()));
            map.insert("status".into(), json!("Draft"));
        }
        self.invoices.insert(id, invoice);
        json!({ "id": id.to_string() })
    }

    fn invoice_mut(&mut self, args: &Value) -> Result<&mut Map<String, Value>, PortError> {
        let id: u64 = text(args, "id")?
            .parse()
            .map_err(|_| error("host.args", "id is not a number"))?;
        self.invoices
            .get_mut(&id)
            .and_then(Value::as_object_mut)
            .ok_or_else(|| error("host.invoice", format!("Invoice {id} is not there")))
    }
}

/// One condition of a read, understood before the rows are looked at.
struct Condition<'a> {
    column: &'a str,
    int: bool,
    test: &'a str,
    values: Vec<&'a str>,
}

impl Condition<'_> {
    fn holds(&self, row: &Stored) -> bool {
        let cell = row.get(self.column).filter(|cell| !cell.is_null());
        if let "null" | "not_null" = self.test {
            return cell.is_none() == (self.test == "null");
        }
        let Some(cell) = cell else { return false };
        let mut orders = self
            .values
            .iter()
            .map(|value| compare(self.int, told(Some(cell)), value));
        match self.test {
            "in" => orders.any(|order| order.is_eq()),
            test => orders.next().is_some_and(|order| match test {
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                ">" => order.is_gt(),
                ">=" => order.is_ge(),
                _ => order.is_eq(),
            }),
        }
    }
}

fn told(cell: Option<&Value>) -> &str {
    cell.and_then(Value::as_str).unwrap_or_default()
}

fn compare(int: bool, a: &str, b: &str) -> std::cmp::Ordering {
    if !int {
        return a.cmp(b);
    }
    let number = |text: &str| text.parse::<i128>().unwrap_or(i128::MIN);
    number(a).cmp(&number(b))
}

impl Relation {
    fn kind(&self, column: &str) -> Result<&str, PortError> {
        self.columns
            .iter()
            .find(|(name, _)| name == column)
            .map(|(_, kind)| kind.as_str())
            .ok_or_else(|| error("host.column", format!("no column {column}")))
    }

    fn is_int(&self, column: &str) -> bool {
        self.kind(column).is_ok_and(|kind| kind == "int")
    }

    fn condition<'a>(&self, condition: &'a Value) -> Result<Condition<'a>, PortError> {
        let column = text(condition, "column")?;
        self.kind(column)?;
        let test = text(condition, "test")?;
        if !["null", "not_null", "=", "<", "<=", ">", ">=", "in"].contains(&test) {
            return Err(error("host.args", format!("no test {test}")));
        }
        let values = condition.get("values").and_then(Value::as_array);
        Ok(Condition {
            column,
            int: self.is_int(column),
            test,
            values: values.into_iter().flatten().filter_map(Value::as_str).collect(),
        })
    }

    fn checked(&self, values: &Stored) -> Result<(), PortError> {
        values.keys().try_for_each(|column| self.kind(column).map(|_| ()))
    }

    /// The primary key in these values.
    fn key(&self, values: &Stored) -> Result<Key, PortError> {
        self.primary
            .iter()
            .map(|c| values.get(c).and_then(Value::as_str).map(str::to_owned))
            .collect::<Option<Key>>()
            .ok_or_else(|| error("host.args", "a column of the primary key is missing"))
    }

    /// The new row, or None when one of its keys is taken.
    fn inserted(&self, values: &Stored, token: &str) -> Result<Option<Stored>, PortError> {
        self.checked(values)?;
        if let Some(column) = self.filled.iter().find(|c| values.get(*c).is_none_or(Value::is_null)) {
            return Err(error("host.args", format!("the column {column} is never NULL")));
        }
        let taken = |key: &Vec<String>| {
            self.rows.values().any(|row| {
                key.iter()
                    .all(|c| row.get(c).is_some_and(|v| !v.is_null()) && row.get(c) == values.get(c))
            })
        };
        if self.rows.contains_key(&self.key(values)?) || self.unique.iter().any(taken) {
            return Ok(None);
        }
        let mut row: Stored = self
            .columns
            .iter()
            .map(|(name, _)| (name.clone(), Value::Null))
            .collect();
        row.extend(values.clone());
        if self.guarded {
            row.insert("rev".into(), json!("1"));
            row.insert("last_op".into(), json!(token));
        }
        Ok(Some(row))
    }

    /// The changed row, or None when it is not there with this rev.
    fn updated(&self, key: &Key, rev: &str, values: &Stored, token: &str) -> Result<Option<Stored>, PortError> {
        self.checked(values)?;
        let Some(row) = self
            .rows
            .get(key)
            .filter(|row| row.get("rev").and_then(Value::as_str) == Some(rev))
        else {
            return Ok(None);
        };
        let next = rev.parse::<u64>().unwrap_or(0).saturating_add(1);
        let mut row = row.clone();
        row.extend(values.clone());
        row.insert("rev".into(), json!(next.to_string()));
        row.insert("last_op".into(), json!(token));
        Ok(Some(row))
    }

    /// The row with these columns set, new or not.
    fn merged(&self, values: &Stored) -> Result<Stored, PortError> {
        self.checked(values)?;
        let mut row = self.rows.get(&self.key(values)?).cloned().unwrap_or_default();
        row.extend(values.clone());
        Ok(row)
    }
}

impl Port for MemoryHost {
    fn answer(&mut self, op: &str, args: &Value) -> Result<Value, PortError> {
        if self.refused_ops.contains(op) {
            return Err(error("host.refused", format!("This host was told to refuse {op}.")));
        }
        match op {
            "tables.ensure" => self.ensure(args),
            "rows.read" => self.read(args),
            "apply" => self.apply(args),
            "host.settings" => Ok(self.settings.clone()),
            "server.get" => Ok(json!({ "server": self.servers.get(text(args, "id")?) })),
            "service.get" => Ok(json!({ "service": self.services.get(text(args, "id")?) })),
            "service.fields" => {
                let set = self.fields.entry(text(args, "id")?.to_owned()).or_default();
                for (name, value) in args.as_object().into_iter().flatten() {
                    set.insert(name.clone(), value.clone());
                }
                Ok(json!({}))
            }
            "client.get" => Ok(json!({ "client": self.clients.get(text(args, "id")?) })),
            "client.services" => {
                Ok(json!({ "services": self.services_of(text(args, "client_id")?, text(args, "module")?) }))
            }
            "client.field" => self.client_field(args),
            "order.get" => Ok(json!({ "order": self.orders.get(text(args, "id")?) })),
            "invoice.find" => {
                let (client, marker) = (text(args, "client_id")?, text(args, "marker")?);
                let since = text(args, "since")?;
                let found: Vec<&Value> = self
                    .invoices
                    .values()
                    .filter(|i| i.get("client_id").and_then(Value::as_str) == Some(client))
                    .filter(|i| i.get("date").and_then(Value::as_str).is_none_or(|date| date >= since))
                    .filter(|i| {
                        i.get("notes")
                            .and_then(Value::as_str)
                            .is_some_and(|n| n.contains(marker))
                    })
                    .collect();
                Ok(json!({ "invoices": found }))
            }
            "invoice.lines" => Ok(json!({ "invoices": self.invoices_with_line(args)? })),
            "invoice.get" => {
                let id: u64 = text(args, "id")?.parse().unwrap_or(0);
                Ok(json!({ "invoice": self.invoices.get(&id) }))
            }
            "invoice.draft" => Ok(self.draft(args)),
            "invoice.publish" => {
                let due = text(args, "due_date")?.to_owned();
                let invoice = self.invoice_mut(args)?;
                if invoice.get("status").and_then(Value::as_str) != Some("Draft") {
                    return Err(error("host.invoice", "The invoice is not a draft."));
                }
                invoice.insert("status".into(), json!("Unpaid"));
                invoice.insert("due_date".into(), json!(due));
                Ok(json!({}))
            }
            "invoice.notes" => {
                let notes = text(args, "notes")?.to_owned();
                self.invoice_mut(args)?.insert("notes".into(), json!(notes));
                Ok(json!({}))
            }
            "credit.add" => {
                let marker = text(args, "marker")?;
                if !self
                    .credits
                    .iter()
                    .any(|c| c.get("marker").and_then(Value::as_str) == Some(marker))
                {
                    self.credits.push(args.clone());
                }
                Ok(json!({}))
            }
            "mail.send" => {
                self.mails.push(args.clone());
                Ok(json!({}))
            }
            _ => Err(error("host.op", format!("This host does not know the op {op}."))),
        }
    }

    fn clock(&mut self) -> Instant {
        self.clock
    }

    fn log(&mut self, entry: &LogEntry) {
        self.logs.push(entry.clone());
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_new_row_may_leave_out_what_may_be_null_and_nothing_else() {
        let mut host = MemoryHost::new("2026-01-01T00:00:00Z".parse().unwrap());
        let column = |name: &str, nullable: bool| json!({ "name": name, "kind": "key", "nullable": nullable });
        let table = json!({ "name": "t", "columns": [column("id", false), column("must", false), column("may", true)],
                            "primary": ["id"], "unique": [], "index": [], "guarded": false });
        host.answer("tables.ensure", &json!({ "tables": [table] })).unwrap();
        let mut insert = |values: Value| {
            let change = json!({ "kind": "insert", "table": "t", "values": values });
            host.answer("apply", &json!({ "token": "x", "changes": [change] }))
        };
        assert_eq!(insert(json!({ "id": "1" })).unwrap_err().code, "host.args");
        assert_eq!(
            insert(json!({ "id": "1", "must": null })).unwrap_err().code,
            "host.args"
        );
        insert(json!({ "id": "1", "must": "x" })).unwrap();
        assert_eq!(host.rows("t").len(), 1);
    }
}
