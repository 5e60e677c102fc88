//! Records of the endpoint's shape, made from a seed, in every format that is read.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use arrow_array::{
    ArrayRef, Date32Array, Decimal128Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use chrono::{DateTime, NaiveDate, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression as PageCompression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use tempfile::TempDir;
use usagebook::usage::Field;

use crate::usage::Usage;

/// The variable that sets how many records there are.
const RECORDS: &str = "USAGEBOOK_BENCH_RECORDS";
const RECORDS_TIMED: usize = 20_000;
const RECORDS_TESTED: usize = 1_000;
const RECORDS_PER_PAGE: usize = 100;

/// Where the records of one size lie, in every format.
pub struct Data {
    folder: TempDir,
    pub records: usize,
}

/// What can be read.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    Pages,
    PagesGzip,
    Ndjson,
    NdjsonGzip,
    NdjsonZstd,
    Csv,
    Parquet,
}

impl Form {
    pub const ALL: [Self; 7] = [
        Self::Pages,
        Self::PagesGzip,
        Self::Ndjson,
        Self::NdjsonGzip,
        Self::NdjsonZstd,
        Self::Csv,
        Self::Parquet,
    ];

    fn unpacked(self) -> Self {
        match self {
            Self::PagesGzip => Self::Pages,
            Self::NdjsonGzip | Self::NdjsonZstd => Self::Ndjson,
            form => form,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Pages => "pages",
            Self::PagesGzip => "pages-gzip",
            Self::Ndjson => "usages.ndjson",
            Self::NdjsonGzip => "usages.ndjson.gz",
            Self::NdjsonZstd => "usages.ndjson.zst",
            Self::Csv => "usages.csv",
            Self::Parquet => "usages.parquet",
        }
    }
}

impl Data {
    /// The records that the benches share.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Data> = LazyLock::new(|| Data::new(records_asked_for()));
        &SHARED
    }

    pub fn new(records: usize) -> Self {
        let folder = TempDir::with_prefix("usagebook-bench-").expect("a temporary folder");
        let usages: Vec<Usage> = Usage::many(records).collect();
        let lines: Vec<String> = usages.iter().map(Usage::json).collect();
        let data = Self { folder, records };
        data.write_pages(&lines);
        data.write_lines(&lines);
        write_csv(&usages, &data.path(Form::Csv));
        write_parquet(&usages, &data.path(Form::Parquet));
        data
    }

    pub fn path(&self, form: Form) -> PathBuf {
        self.folder.path().join(form.name())
    }

    /// On disk; of compressed text, once unpacked.
    pub fn bytes(&self, form: Form) -> u64 {
        let path = self.path(form.unpacked());
        match fs::read_dir(&path) {
            Ok(pages) => pages.map(|page| page.and_then(|page| page.metadata()).expect("a page").len()).sum(),
            Err(_) => fs::metadata(&path).expect("a file").len(),
        }
    }

    fn write_pages(&self, lines: &[String]) {
        for form in [Form::Pages, Form::PagesGzip] {
            fs::create_dir(self.path(form)).expect("a new folder");
        }
        for (number, page) in lines.chunks(RECORDS_PER_PAGE).enumerate() {
            let text = format!("[{}]", page.join(","));
            let name = format!("page-{:06}.json", number + 1);
            fs::write(self.path(Form::PagesGzip).join(format!("{name}.gz")), gzip(text.as_bytes()))
                .expect("room for a page");
            fs::write(self.path(Form::Pages).join(name), text).expect("room for a page");
        }
    }

    fn write_lines(&self, lines: &[String]) {
        let text = lines.join("\n");
        let zstd = zstd::encode_all(text.as_bytes(), 0).expect("memory takes all bytes");
        fs::write(self.path(Form::NdjsonGzip), gzip(text.as_bytes())).expect("room for NDJSON");
        fs::write(self.path(Form::NdjsonZstd), zstd).expect("room for NDJSON");
        fs::write(self.path(Form::Ndjson), text).expect("room for NDJSON");
    }
}

/// Whether benches run once each, to show that they still work.
pub fn is_tested() -> bool {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    has("--test") || !has("--bench")
}

fn records_asked_for() -> usize {
    match std::env::var(RECORDS) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{RECORDS} is {text:?}; expected a number")),
        Err(_) if is_tested() => RECORDS_TESTED,
        Err(_) => RECORDS_TIMED,
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory takes all bytes");
    encoder.finish().expect("memory takes all bytes")
}

fn write_csv(usages: &[Usage], path: &Path) {
    let mut writer = csv::Writer::from_path(path).expect("a new file");
    writer.write_record(Field::ALL.map(Field::name)).expect("room for CSV");
    for usage in usages {
        let texts = Field::ALL.map(|field| usage.text(field).unwrap_or_default());
        writer.write_record(texts).expect("room for CSV");
    }
    writer.flush().expect("room for CSV");
}

fn write_parquet(usages: &[Usage], path: &Path) {
    let columns = Field::ALL.map(|field| (field.name(), column(usages, field), field == Field::User));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length");
    let compression = PageCompression::ZSTD(ZstdLevel::default());
    let properties = WriterProperties::builder().set_compression(compression).build();
    let file = File::create(path).expect("a new file");
    let mut writer =
        ArrowWriter::try_new(file, batch.schema(), Some(properties)).expect("a schema for Parquet");
    writer.write(&batch).expect("room for Parquet");
    writer.close().expect("room for Parquet");
}

fn column(usages: &[Usage], field: Field) -> ArrayRef {
    let times = |time: fn(&Usage) -> DateTime<Utc>| {
        let micros = usages.iter().map(|usage| time(usage).timestamp_micros());
        Arc::new(TimestampMicrosecondArray::from_iter_values(micros).with_timezone("UTC"))
    };
    match field {
        Field::Usage => {
            let hundredths = Decimal128Array::from_iter_values(usages.iter().map(Usage::hundredths));
            Arc::new(hundredths.with_precision_and_scale(20, 2).expect("two of 20 digits behind the point"))
        }
        Field::Created => times(Usage::created),
        Field::Modified => times(Usage::modified),
        Field::Date => times(Usage::date),
        Field::BillingPeriod => {
            let days = |usage: &Usage| (usage.month() - NaiveDate::default()).num_days() as i32;
            Arc::new(Date32Array::from_iter_values(usages.iter().map(days)))
        }
        _ => Arc::new(StringArray::from_iter(usages.iter().map(|usage| usage.text(field)))),
    }
}
