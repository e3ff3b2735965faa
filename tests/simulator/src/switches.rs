//! Named switches that a control request turns: each knows its values, the first is the default. A wrong name or value
//! changes nothing and is answered with what there is.

use serde_json::{Map, Value, json};

/// Name and values of each switch of a panel, the values as a JSON list; an empty list takes any text.
pub type Table = &'static [(&'static str, &'static str)];

/// The switches of one panel.
#[derive(Debug, Clone)]
pub struct Switches {
    table: Table,
    set: Map<String, Value>,
}

impl Switches {
    /// All at their defaults.
    pub fn new(table: Table) -> Switches {
        Switches { table, set: Map::new() }
    }

    fn values(&self, name: &str) -> Option<Vec<Value>> {
        let (_, text) = self.table.iter().find(|(n, _)| *n == name)?;
        serde_json::from_str(text).ok()
    }

    /// The value of a switch; null when there is no such switch.
    pub fn get(&self, name: &str) -> Value {
        match self.set.get(name) {
            Some(value) => value.clone(),
            None => self
                .values(name)
                .map_or(Value::Null, |v| v.into_iter().next().unwrap_or_else(|| json!(""))),
        }
    }

    /// Whether a switch has this value.
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == value
    }

    /// Whether a switch is true.
    pub fn on(&self, name: &str) -> bool {
        self.get(name) == true
    }

    /// Turns the named switches; null turns one back to its default.
    ///
    /// # Errors
    /// A name or a value that is not known; nothing is turned then.
    pub fn set(&mut self, wanted: &Map<String, Value>) -> Result<(), String> {
        let mut next = self.set.clone();
        for (name, value) in wanted {
            let values = self.values(name).ok_or_else(|| {
                let names: Vec<&str> = self.table.iter().map(|(n, _)| *n).collect();
                format!("there is no switch {name}; there are {}", names.join(", "))
            })?;
            if value.is_null() {
                next.remove(name);
            } else if values.contains(value) || (values.is_empty() && value.is_string()) {
                next.insert(name.clone(), value.clone());
            } else {
                return Err(format!("{name} takes {}, not {value}", json!(values)));
            }
        }
        self.set = next;
        Ok(())
    }

    /// Every switch with its value.
    pub fn list(&self) -> Map<String, Value> {
        self.table
            .iter()
            .map(|(name, _)| ((*name).to_string(), self.get(name)))
            .collect()
    }
}
