use polars::prelude::{
    BooleanChunked, Column, DataFrame, DataType, IntoColumn, NamedFrom, NewChunkedArray, Series,
};

use super::{Details, Parents, Records};

/// Two records with everything that records can have.
fn records() -> Records {
    let details = Details {
        uuid: vec![1, 2].into(),
        modified: vec![10, 20].into(),
        created: [Some(1), None].into_iter().collect(),
        user: [None, Some(0)].into_iter().collect(),
        description: vec![0, 0].into(),
        backend_id: vec![0, 1].into(),
    };
    let mut records = Records::new(vec![0, 1], vec![1, 0], vec![150, -25], Some(details));
    records.set_amount(vec![1_500, 0]);
    records
}

/// Two parents with everything that parents can have.
fn parents() -> Parents {
    let links = std::array::from_fn(|at| vec![at as u32, 0]);
    let mut parents = Parents::new(vec![7, 8], links, [Some(5), None].into_iter(), vec![24_321, 24_322]);
    parents.set_component_usage(["https://a/7/", "https://a/8/"].into_iter());
    parents.set_prices([(Some(0), true), (None, false)].into_iter());
    parents
}

/// The frame with another column of a name, or without that column.
fn with(mut frame: DataFrame, name: &str, column: Option<Column>) -> DataFrame {
    match column {
        Some(column) => {
            frame.with_column(column.with_name(name.into())).unwrap();
            frame
        }
        None => frame.drop(name).unwrap(),
    }
}

/// What the frame is refused for, with each column of a name gone, of another type, or null.
fn refusals(
    frame: &DataFrame,
    name: &str,
    read: impl Fn(&DataFrame) -> crate::Result<()>,
) -> [Option<String>; 3] {
    let text = BooleanChunked::from_slice("".into(), &[true, false]).into_column();
    let column = frame.column(name).unwrap();
    let other =
        if column.dtype() == &DataType::Boolean { column.cast(&DataType::UInt32).unwrap() } else { text };
    let null = Column::full_null("".into(), frame.height(), column.dtype());
    [None, Some(other), Some(null)]
        .map(|column| read(&with(frame.clone(), name, column)).err().map(|error| error.to_string()))
}

#[test]
fn records_come_back_from_the_frame_that_they_are() {
    let records = records();
    let again = Records::from_polars(&records.to_polars()).unwrap();
    assert_eq!(
        (again.parent(), again.username(), again.usage()),
        (&[0, 1][..], &[1, 0][..], &[150, -25][..])
    );
    assert_eq!(again.amount(), Some(&[1_500, 0][..]));
    assert!(again.to_polars().equals_missing(&records.to_polars()));
    let parents = parents();
    let again = Parents::from_polars(&parents.to_polars()).unwrap();
    assert_eq!((again.uuid(), again.measured_unit()), (&[7, 8][..], &[5, 0][..]));
    assert_eq!((again.currency(0), again.currency(1), again.is_priced(0)), (Some(0), None, true));
    assert!(again.to_polars().equals_missing(&parents.to_polars()));
}

#[test]
fn a_frame_is_refused_once_when_it_is_made() {
    let records = records().to_polars();
    let read = |frame: &DataFrame| Records::from_polars(frame).map(drop);
    assert_eq!(
        refusals(&records, "usage", read).map(Option::unwrap_or_default),
        [
            "the column usage of the records is missing; expected decimal[38,2]",
            "the column usage of the records is bool; expected decimal[38,2]",
            "the column usage of the records is null in some rows; expected decimal[38,2]",
        ]
    );
    // What may be missing as a whole, and what may be null.
    let (absent, nullable) = (["amount", "uuid"], ["created", "user"]);
    for name in records.get_column_names_owned() {
        let refused = refusals(&records, &name, read).map(|refused| refused.is_some());
        let name = &*name;
        assert_eq!(refused, [!absent.contains(&name), true, !nullable.contains(&name)], "{name}");
    }
    let parents = parents().to_polars();
    let (absent, nullable) = (["component_usage", "currency"], ["date", "currency"]);
    for name in parents.get_column_names_owned() {
        let read = |frame: &DataFrame| Parents::from_polars(frame).map(drop);
        let refused = refusals(&parents, &name, read).map(|refused| refused.is_some());
        let name = &*name;
        assert_eq!(refused, [!absent.contains(&name), true, !nullable.contains(&name)], "{name}");
    }
}

#[test]
fn a_frame_in_pieces_is_put_together_once() {
    let mut twice = records().to_polars();
    twice.vstack_mut(&records().to_polars()).unwrap();
    let records = Records::from_polars(&twice).unwrap();
    assert_eq!(records.usage(), [150, -25, 150, -25]);
    assert_eq!(records.details().unwrap().user(3), Some(0));
}

#[test]
fn rows_that_are_kept_are_kept_in_every_column() {
    let mut second = records();
    second.filter(|parent, username| parent == 1 && username == 0);
    let mut reversed = records();
    reversed.take(&[1, 0]);
    assert_eq!(reversed.usage(), [-25, 150]);
    reversed.take(&[0]);
    assert!(second.to_polars().equals_missing(&reversed.to_polars()));
    assert_eq!(second.to_polars().width(), records().to_polars().width());
    let mut of_parents = parents();
    of_parents.take(&[1]);
    assert!(of_parents.to_polars().equals_missing(&parents().to_polars().slice(1, 1)));
}

#[test]
#[should_panic(expected = "every record has every column")]
fn columns_of_records_have_one_length() {
    Records::new(vec![0, 0], vec![0], vec![1, 2], None);
}

#[test]
fn a_series_of_another_scale_is_no_usage() {
    let thousandths = Series::new("usage".into(), [1_i128, 2]);
    let thousandths = thousandths.i128().unwrap().clone().into_decimal_unchecked(38, 3);
    let frame = with(records().to_polars(), "usage", Some(super::columns::named(thousandths, "usage")));
    let error = Records::from_polars(&frame).unwrap_err().to_string();
    assert_eq!(error, "the column usage of the records is decimal[38,3]; expected decimal[38,2]");
}
