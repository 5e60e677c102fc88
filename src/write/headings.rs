//! What people read over the columns of a workbook or page.

use crate::report::Column;

/// The words over a column; what is before is a period in a report only.
pub fn heading(column: &Column, is_report: bool) -> String {
    let text = match column.name.as_str() {
        "measured_unit" => "Unit",
        "component_type" => "Component",
        "username" => "User",
        "uuid" => "Record UUID",
        "usage_before" if is_report => "Previous period",
        "change_percent" => "Change %",
        "used_percent" => "Used %",
        name => {
            let words = name.trim_end_matches("_name").replace("_uuid", " UUID").replace('_', " ");
            let mut characters = words.chars();
            let first = characters.next().map(|first| first.to_ascii_uppercase());
            return first.into_iter().chain(characters).collect();
        }
    };
    text.to_owned()
}
