//! All files, read by all cores. Which core reads what changes nothing in the result.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::thread;

use super::dumps::source::{Place, Source, Sources};
use super::dumps::stream::{self, Block, Body, Buffer, LineFormat, LineStream, Tap, WHOLE_BYTES_MAX};
use super::formats::csv;
use super::formats::json::{self, Content};
use super::formats::parquet::ParquetInput;
use super::progress::Progress;
use super::records::collector::{ChunkKey, Collector, Sighting, Sink};
use super::records::folders::Folders;
use super::records::merged::Location;
use super::staged::{Shelf, Work};
use super::{InputFile, ReadRequest};
use crate::error::Result;

/// What the workers bring back.
pub(crate) struct Harvest {
    /// One a worker.
    pub collectors: Vec<Collector>,
    /// In the order of the sources; with no count of records yet.
    pub files: Vec<InputFile>,
    /// The sources that hold component usages, in order.
    pub component_usages: Vec<usize>,
}

/// Reads all sources; of a Parquet file that is the only one, all row groups but those that stay closed.
pub(crate) fn read_all(
    request: &ReadRequest,
    sources: &Sources,
    closed: &[u32],
    progress: &Arc<Progress>,
) -> Result<Harvest> {
    harvest(Shared { closed, ..Shared::new(request, sources, progress)? })
}

/// Reads row groups of a Parquet file that is the only source.
pub(crate) fn read_row_groups(
    request: &ReadRequest,
    sources: &Sources,
    (input, row_groups): (&ParquetInput, &[u32]),
    progress: &Arc<Progress>,
) -> Result<Collector> {
    let shared = Shared::new(request, sources, progress)?;
    let mut worker = Worker::new(&shared, End::Front);
    for row_group in row_groups {
        progress.check()?;
        worker.read_row_group(0, input, *row_group);
    }
    Ok(worker.collector)
}

fn harvest(shared: Shared) -> Result<Harvest> {
    let cores = || thread::available_parallelism().map_or(1, NonZero::get);
    let threads = shared.request.threads.unwrap_or_else(cores).clamp(1, shared.work_items().max(1));
    let collectors = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|number| if number % 2 == 0 { End::Front } else { End::Back })
            .map(|end| {
                scope.spawn({
                    let shared = &shared;
                    move || Worker::new(shared, end).run()
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("a worker does not panic"))
            .collect::<Result<Vec<_>>>()
    })?;
    let mut outcomes = shared.outcomes.into_inner().expect("workers are done");
    outcomes.sort_by_key(|outcome| outcome.file);
    let component_usages = outcomes.iter().filter(|o| o.content == Content::ComponentUsages).map(|o| o.file);
    Ok(Harvest {
        collectors,
        component_usages: component_usages.collect(),
        files: outcomes.into_iter().map(|outcome| outcome.input).collect(),
    })
}

/// Reads all sources, and hands their records on as they come. The collectors that are left have none.
pub(crate) fn hand_on_all(
    request: &ReadRequest,
    sources: &Sources,
    sink: Arc<dyn Sink>,
    progress: &Arc<Progress>,
) -> Result<Harvest> {
    harvest(Shared { sink: Some(sink), ..Shared::new(request, sources, progress)? })
}

/// Reads one source again, for the records that the collector looks for.
pub(crate) fn read_one(
    request: &ReadRequest,
    sources: &Sources,
    file: usize,
    collector: Collector,
    progress: &Arc<Progress>,
) -> Result<BTreeMap<Location, Sighting>> {
    let shared = Shared::new(request, sources, progress)?;
    let mut worker = Worker { collector, ..Worker::new(&shared, End::Front) };
    match sources.files[file].place.staged() {
        Some(dump) => {
            let shelf = shared.shelves.iter().find(|shelf| Arc::ptr_eq(&shelf.dump, dump));
            worker.read_staged(shelf.expect("a source has its shelf"))?;
        }
        None => {
            let opened = worker.open(file)?;
            worker.read_whole(file, opened.body, &opened.tap)?;
        }
    }
    Ok(worker.collector.sightings)
}

/// What all workers see.
struct Shared<'a> {
    request: &'a ReadRequest,
    sources: &'a Sources,
    /// Row groups of the only file that are not read, in order.
    closed: &'a [u32],
    ranks: Vec<u32>,
    progress: &'a Arc<Progress>,
    /// Takes the records as they come, if they are not to be kept.
    sink: Option<Arc<dyn Sink>>,
    /// Staged dumps, in order.
    shelves: Vec<Shelf>,
    /// Files that several workers may read together, in order.
    large: Vec<(usize, Mutex<Large>)>,
    /// Files that one worker reads at once.
    small: Vec<usize>,
    /// Those of the small files that are not yet given away.
    next_small: Mutex<Range<usize>>,
    outcomes: Mutex<Vec<Outcome>>,
}

/// How one file ended.
struct Outcome {
    file: usize,
    input: InputFile,
    content: Content,
}

/// A file on which several workers are at work.
enum Large {
    Unopened,
    Lines {
        stream: LineStream,
        /// Where the file could be parted.
        second_half: Option<LineStream>,
        tap: Arc<Mutex<Tap>>,
    },
    Parquet {
        input: Arc<ParquetInput>,
        /// Those not yet given away.
        row_groups: std::vec::IntoIter<u32>,
        tap: Arc<Mutex<Tap>>,
    },
    /// All of it is given away.
    Done,
}

/// A part of a large file that one worker takes.
enum Part {
    Block(Block),
    RowGroup(Arc<ParquetInput>, u32),
}

impl<'a> Shared<'a> {
    /// # Errors
    /// A staged dump of another time zone.
    fn new(request: &'a ReadRequest, sources: &'a Sources, progress: &'a Arc<Progress>) -> Result<Self> {
        let is_large = |source: &Source| source.place.is_stream() || source.bytes >= WHOLE_BYTES_MAX;
        let (large, small): (Vec<usize>, Vec<usize>) = (0..sources.files.len())
            .filter(|file| sources.files[*file].place.staged().is_none())
            .partition(|&file| is_large(&sources.files[file]));
        let ranks = sources.ranks();
        let shelves = shelves(sources, &ranks);
        shelves.iter().try_for_each(|shelf| shelf.check_timezone(request.reading.timezone))?;
        Progress::add(&progress.files_total, sources.files.len() as u64);
        Progress::add(&progress.bytes_total, sources.files.iter().map(|source| source.bytes).sum());
        Ok(Self {
            request,
            sources,
            closed: &[],
            ranks,
            progress,
            sink: None,
            shelves,
            large: large.into_iter().map(|file| (file, Mutex::new(Large::Unopened))).collect(),
            next_small: Mutex::new(0..small.len()),
            small,
            outcomes: Mutex::new(Vec::with_capacity(sources.files.len())),
        })
    }

    /// How many workers can be of use: any number, where a file is large.
    fn work_items(&self) -> usize {
        if self.large.is_empty() && self.shelves.is_empty() { self.small.len() } else { usize::MAX }
    }

    /// Those that are to be read.
    fn row_groups(&self, input: &ParquetInput) -> Vec<u32> {
        (0..input.row_groups() as u32)
            .filter(|row_group| self.closed.binary_search(row_group).is_err())
            .collect()
    }

    fn finish(&self, file: usize, bytes: u64, sha256: Option<String>, content: Content) {
        Progress::add(&self.progress.files, 1);
        let Source { label, identity, .. } = &self.sources.files[file];
        let input = InputFile { path: label.clone(), bytes, sha256, records: 0, identity: *identity };
        self.outcomes.lock().expect("an outcome is pushed whole").push(Outcome { file, input, content });
    }
}

/// A shelf for each staged dump.
fn shelves(sources: &Sources, ranks: &[u32]) -> Vec<Shelf> {
    let first_inputs = (0..).zip(&sources.files).filter_map(|(file, source)| match &source.place {
        Place::Staged(dump, 0) => Some(Shelf::new(dump.clone(), file, ranks[source.dump])),
        _ => None,
    });
    first_inputs.collect()
}

/// The end from which a worker takes its work.
///
/// Records that lie together are of one month and share their parents. Workers that begin at both ends know fewer
/// parents twice than workers that walk side by side.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Front,
    Back,
}

impl End {
    fn next<T>(self, places: &mut (impl DoubleEndedIterator<Item = T> + ?Sized)) -> Option<T> {
        match self {
            Self::Front => places.next(),
            Self::Back => places.next_back(),
        }
    }
}

struct Worker<'a> {
    shared: &'a Shared<'a>,
    end: End,
    collector: Collector,
    /// Memory to use again, for whole files and for blocks of files.
    buffer: Vec<u8>,
    spare: Buffer,
}

impl<'a> Worker<'a> {
    fn new(shared: &'a Shared<'a>, end: End) -> Self {
        Self {
            shared,
            end,
            collector: match &shared.sink {
                Some(sink) => Collector::handing_on(shared.request.reading, sink.clone()),
                None => Collector::new(shared.request.reading),
            },
            buffer: Vec::new(),
            spare: Buffer::default(),
        }
    }

    fn run(mut self) -> Result<Collector> {
        for shelf in &self.shared.shelves {
            self.read_staged(shelf)?;
        }
        for (file, large) in &self.shared.large {
            self.read_large(*file, large)?;
        }
        while let Some(file) = self.next_small() {
            self.shared.progress.check()?;
            let opened = self.open(file)?;
            self.read_whole(file, opened.body, &opened.tap)?;
        }
        self.collector.hand_on();
        Ok(self.collector)
    }

    /// Takes part after part of a staged dump, as long as there is one.
    fn read_staged(&mut self, shelf: &Shelf) -> Result<()> {
        self.collector.set_folders(&Folders::default());
        loop {
            self.shared.progress.check()?;
            match shelf.next()? {
                None => return Ok(()),
                Some(Work::RowGroup(pieces, part, row_group)) => {
                    shelf.feed_row_group(&pieces, &part, row_group, &mut self.collector)?;
                }
                Some(Work::Facts(pieces)) => {
                    shelf.feed_facts(&pieces, &mut self.collector)?;
                    for (file, input) in (shelf.first_file as usize..).zip(shelf.dump.inputs()) {
                        let content = match input.has_component_usages {
                            true => Content::ComponentUsages,
                            false => Content::Records,
                        };
                        let sha256 = Some(input.sha256.clone()).filter(|_| self.shared.request.hashes_files);
                        self.shared.finish(file, input.bytes, sha256, content);
                        Progress::add(&self.shared.progress.bytes, input.bytes);
                        Progress::add(&self.shared.progress.records, input.records);
                    }
                }
            }
        }
    }

    fn next_small(&self) -> Option<usize> {
        let mut places = self.shared.next_small.lock().expect("a range is never left half taken");
        self.end.next(&mut *places).map(|place| self.shared.small[place])
    }

    fn open(&mut self, file: usize) -> Result<stream::Opened> {
        let buffer = std::mem::take(&mut self.buffer);
        let source = &self.shared.sources.files[file];
        stream::open(source, buffer, self.shared.request.hashes_files, self.shared.progress)
    }

    fn begin(&mut self, file: usize, piece: u32) {
        let rank = self.shared.ranks[self.shared.sources.files[file].dump];
        self.collector.set_folders(&self.shared.sources.files[file].folders);
        self.collector.begin(ChunkKey { file: file as u32, piece, part: 0 }, rank);
    }

    /// Takes part after part of a large file, as long as there is one.
    fn read_large(&mut self, file: usize, large: &Mutex<Large>) -> Result<()> {
        loop {
            self.shared.progress.check()?;
            let mut state = large.lock().expect("a worker does not panic");
            if matches!(*state, Large::Unopened) {
                let opened = self.open(file)?;
                *state = match opened.body {
                    Body::Lines(mut stream) => {
                        let second_half = self.split(file, &mut stream)?;
                        Large::Lines { stream, second_half, tap: opened.tap }
                    }
                    Body::Parquet(input) => {
                        let row_groups = self.shared.row_groups(&input).into_iter();
                        Large::Parquet { input: Arc::new(input), row_groups, tap: opened.tap }
                    }
                    body => {
                        *state = Large::Done;
                        drop(state);
                        return self.read_whole(file, body, &opened.tap);
                    }
                };
            }
            let part = self.next_part(file, &mut state)?;
            drop(state);
            match part {
                Some(Part::Block(block)) => self.read_block(file, block),
                Some(Part::RowGroup(input, row_group)) => self.read_row_group(file, &input, row_group),
                None => return Ok(()),
            }
        }
    }

    fn next_part(&mut self, file: usize, state: &mut Large) -> Result<Option<Part>> {
        let part = match state {
            Large::Lines { stream, second_half, .. } => {
                let mut streams = [Some(stream), second_half.as_mut()].into_iter().flatten();
                let mut block = Ok(None);
                while let Ok(None) = block
                    && let Some(stream) = self.end.next(&mut streams)
                {
                    block = stream.next_block(std::mem::take(&mut self.spare));
                }
                match block {
                    Ok(block) => block.map(Part::Block),
                    Err(error) => {
                        self.push_read_error(file, error)?;
                        None
                    }
                }
            }
            Large::Parquet { input, row_groups, .. } => {
                self.end.next(row_groups).map(|row_group| Part::RowGroup(input.clone(), row_group))
            }
            Large::Unopened | Large::Done => None,
        };
        if part.is_none() {
            self.finish_large(file, std::mem::replace(state, Large::Done))?;
        }
        Ok(part)
    }

    /// The second half of a file that is read by several workers and not digested on the way.
    fn split(&self, file: usize, stream: &mut LineStream) -> Result<Option<LineStream>> {
        let source = &self.shared.sources.files[file];
        match self.shared.request.hashes_files {
            true => Ok(None),
            false => {
                stream.split(source, self.shared.progress).map_err(|error| stream::unreadable(source, error))
            }
        }
    }

    fn finish_large(&mut self, file: usize, state: Large) -> Result<()> {
        match state {
            Large::Lines { stream, tap, .. } => {
                self.note_columns(stream.unknown_columns(), stream.respelled_columns());
                self.finish_tapped(file, &tap, Content::Records);
            }
            Large::Parquet { input, tap, .. } => self.finish_parquet(file, &input, &tap)?,
            Large::Unopened | Large::Done => {}
        }
        Ok(())
    }

    /// Reads all of a file.
    fn read_whole(&mut self, file: usize, body: Body, tap: &Arc<Mutex<Tap>>) -> Result<()> {
        let mut content = Content::Records;
        match body {
            Body::ComponentUsages => content = Content::ComponentUsages,
            Body::Fault(fault) => {
                self.begin(file, 0);
                self.collector.push_file_fault(fault, String::new());
            }
            Body::Documents(mut window) => {
                self.begin(file, 0);
                match json::read_documents(&mut window, &mut self.collector) {
                    Ok(found) => content = found,
                    Err(error) => self.push_read_error(file, error)?,
                }
                self.count_records();
                self.buffer = window.into_buffer();
            }
            Body::Lines(mut stream) => {
                self.note_columns(stream.unknown_columns(), stream.respelled_columns());
                self.read_lines(file, &mut stream)?;
            }
            Body::Workbook(bytes) => {
                self.begin(file, 0);
                csv::read_workbook(bytes, &mut self.collector);
                self.count_records();
            }
            Body::Parquet(input) => {
                for row_group in self.shared.row_groups(&input) {
                    self.read_row_group(file, &input, row_group);
                }
                return self.finish_parquet(file, &input, tap);
            }
        }
        self.finish_tapped(file, tap, content);
        Ok(())
    }

    fn read_lines(&mut self, file: usize, stream: &mut LineStream) -> Result<()> {
        loop {
            match stream.next_block(std::mem::take(&mut self.spare)) {
                Ok(Some(block)) => self.read_block(file, block),
                Ok(None) => return Ok(()),
                Err(error) => return self.push_read_error(file, error),
            }
        }
    }

    fn read_block(&mut self, file: usize, block: Block) {
        self.begin(file, block.piece);
        let (collector, bytes) = (&mut self.collector, block.buffer.filled());
        match &block.format {
            LineFormat::Csv(header) if block.is_too_long => {
                csv::push_too_long(header, bytes, block.offset, collector);
            }
            LineFormat::Json if block.is_too_long => {
                collector.push_fault(json::too_long(), Some(block.offset), json::raw_text(bytes));
            }
            LineFormat::Json => json::read_lines(bytes, block.offset, collector),
            LineFormat::Csv(header) => csv::read_block(header, bytes, block.offset, collector),
        }
        self.count_records();
        self.spare = block.buffer;
    }

    fn read_row_group(&mut self, file: usize, input: &ParquetInput, row_group: u32) {
        self.begin(file, row_group);
        input.read_row_group(row_group as usize, &mut self.collector);
        self.count_records();
    }

    fn count_records(&self) {
        Progress::add(&self.shared.progress.records, self.collector.records_in_chunk());
    }

    /// A stream that breaks off: a fault where it is compressed, else the system's error.
    fn push_read_error(&mut self, file: usize, error: std::io::Error) -> Result<()> {
        if !stream::is_damage(&error) {
            return Err(stream::unreadable(&self.shared.sources.files[file], error));
        }
        self.begin(file, u32::MAX);
        self.collector.push_file_fault(stream::damaged_compression(&error), String::new());
        Ok(())
    }

    fn note_columns(&mut self, unknown: &[String], respelled: &[String]) {
        for column in unknown {
            self.collector.note_unknown_field(column);
        }
        self.collector.respelled_columns.extend(respelled.iter().cloned());
    }

    fn finish_tapped(&self, file: usize, tap: &Mutex<Tap>, content: Content) {
        let mut tap = tap.lock().expect("a tap is never left half written");
        let sha256 = tap.sha256();
        let bytes = tap.bytes.max(self.shared.sources.files[file].bytes);
        self.shared.finish(file, bytes, sha256, content);
    }

    /// A Parquet file that was read in place passed no tap: it is digested now.
    fn finish_parquet(&mut self, file: usize, input: &ParquetInput, tap: &Mutex<Tap>) -> Result<()> {
        self.note_columns(input.unknown_columns(), input.respelled_columns());
        let source = &self.shared.sources.files[file];
        let mut tap = tap.lock().expect("a tap is never left half written");
        let sha256 = match self.shared.request.hashes_files && tap.bytes < source.bytes {
            true => Some(stream::sha256_of(source)?),
            false => tap.sha256(),
        };
        self.shared.finish(file, source.bytes.max(tap.bytes), sha256, Content::Records);
        Ok(())
    }
}
