//! A disk that loses power: what was not synced may be there or not, each change by itself.
//!
//! Harsher than real file systems, which keep an order: a rename may last in one folder and be lost in the other, a
//! file may have its name and none or half of its bytes.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::SystemTime;

use usagebook::book::disk::{Disk, RealDisk};

#[derive(Clone, Debug)]
enum Node {
    File(usize),
    Folder(usize),
    Link(PathBuf),
}

#[derive(Clone, Debug, Default)]
struct Bytes {
    bytes: Vec<u8>,
    is_synced: bool,
}

/// The names of a folder: those that last, and the changes since it was synced.
#[derive(Clone, Debug, Default)]
struct Folder {
    now: BTreeMap<OsString, Node>,
    durable: BTreeMap<OsString, Node>,
    pending: Vec<(OsString, Option<Node>)>,
}

impl Folder {
    fn change(&mut self, name: OsString, node: Option<Node>) {
        apply(&mut self.now, &name, node.clone());
        self.pending.push((name, node));
    }

    fn sync(&mut self) {
        self.durable = self.now.clone();
        self.pending.clear();
    }
}

fn apply(names: &mut BTreeMap<OsString, Node>, name: &OsString, node: Option<Node>) {
    match node {
        Some(node) => drop(names.insert(name.clone(), node)),
        None => drop(names.remove(name)),
    }
}

#[derive(Debug, Default)]
struct Medium {
    files: Vec<Bytes>,
    /// The first is that in which the book's folder is.
    folders: Vec<Folder>,
    done: usize,
    stops_at: Option<usize>,
}

/// A disk below a folder of the real one.
#[derive(Debug)]
pub struct PowerDisk {
    root: PathBuf,
    medium: Mutex<Medium>,
}

impl PowerDisk {
    /// What is in the folder already lasts.
    pub fn new(root: &Path) -> Self {
        let mut medium = Medium { folders: vec![Folder::default()], ..Medium::default() };
        medium.load(root, 0);
        Self { root: root.to_owned(), medium: Mutex::new(medium) }
    }

    /// From now on the process is killed before this change, counted from here.
    pub fn stop_at(&self, operation: usize) {
        let mut medium = self.medium.lock().unwrap();
        medium.done = 0;
        medium.stops_at = Some(operation);
    }

    /// How many changes there were since then.
    pub fn operations(&self) -> usize {
        self.medium.lock().unwrap().done
    }

    /// What is on the medium after a power cut, written to a new folder. `keeps` says of each unsynced change whether
    /// it lasts.
    pub fn cut(&self, target: &Path, mut keeps: impl FnMut() -> bool) {
        let medium = self.medium.lock().unwrap();
        medium.write(0, target, &mut HashMap::new(), &mut keeps);
    }

    /// An operation that changes nothing: it fails if the process has ended, and does not count.
    fn read<T>(&self, real: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let medium = self.medium.lock().unwrap();
        match medium.has_ended() {
            true => Err(ended()),
            false => real(),
        }
    }

    fn step<T>(
        &self,
        real: impl FnOnce() -> io::Result<T>,
        model: impl FnOnce(&mut Medium, &dyn Fn(&Path) -> Vec<OsString>),
    ) -> io::Result<T> {
        let mut medium = self.medium.lock().unwrap();
        if medium.has_ended() {
            return Err(ended());
        }
        medium.done += 1;
        let outcome = real()?;
        let parts = |path: &Path| {
            let inner = path.strip_prefix(&self.root).expect("a path of the disk");
            inner.iter().map(OsString::from).collect()
        };
        model(&mut medium, &parts);
        Ok(outcome)
    }
}

fn ended() -> io::Error {
    io::Error::new(ErrorKind::Interrupted, "the process has ended")
}

impl Medium {
    fn has_ended(&self) -> bool {
        self.stops_at.is_some_and(|stop| self.done >= stop)
    }

    fn load(&mut self, path: &Path, folder: usize) {
        for entry in fs::read_dir(path).expect("a folder") {
            let path = entry.expect("an entry").path();
            let kind = fs::symlink_metadata(&path).expect("it is there").file_type();
            let node = if kind.is_symlink() {
                Node::Link(fs::read_link(&path).expect("a link"))
            } else if kind.is_dir() {
                self.folders.push(Folder::default());
                let at = self.folders.len() - 1;
                self.load(&path, at);
                Node::Folder(at)
            } else {
                self.files.push(Bytes { bytes: fs::read(&path).expect("a file"), is_synced: true });
                Node::File(self.files.len() - 1)
            };
            self.folders[folder].now.insert(path.file_name().expect("a name").to_owned(), node);
        }
        self.folders[folder].sync();
    }

    fn node(&self, parts: &[OsString]) -> Option<Node> {
        parts.iter().try_fold(Node::Folder(0), |node, part| match node {
            Node::Folder(at) => self.folders[at].now.get(part).cloned(),
            _ => None,
        })
    }

    fn change(&mut self, parts: &[OsString], node: Option<Node>) {
        let (name, folder) = parts.split_last().expect("a path in the disk");
        let Some(Node::Folder(at)) = self.node(folder) else { panic!("no folder {folder:?}") };
        self.folders[at].change(name.clone(), node);
    }

    fn sync(&mut self, parts: &[OsString]) {
        match self.node(parts) {
            Some(Node::Folder(at)) => self.folders[at].sync(),
            Some(Node::File(at)) => self.files[at].is_synced = true,
            other => panic!("{parts:?} is {other:?}"),
        }
    }

    fn write(
        &self,
        folder: usize,
        target: &Path,
        written: &mut HashMap<usize, PathBuf>,
        keeps: &mut impl FnMut() -> bool,
    ) {
        fs::create_dir(target).expect("a new folder");
        let mut names = self.folders[folder].durable.clone();
        for (name, node) in &self.folders[folder].pending {
            if keeps() {
                apply(&mut names, name, node.clone());
            }
        }
        for (name, node) in names {
            let path = target.join(name);
            match node {
                Node::Folder(at) => self.write(at, &path, written, keeps),
                Node::Link(to) => std::os::unix::fs::symlink(to, path).expect("a new link"),
                Node::File(at) => match written.get(&at) {
                    Some(first) => fs::hard_link(first, path).expect("a second name"),
                    None => {
                        fs::write(&path, self.files[at].lasting(keeps)).expect("a new file");
                        written.insert(at, path);
                    }
                },
            }
        }
    }
}

impl Bytes {
    /// What is there after a power cut: all, nothing, a half, or as many zeros.
    fn lasting(&self, keeps: &mut impl FnMut() -> bool) -> Vec<u8> {
        match self.is_synced || keeps() {
            true => self.bytes.clone(),
            false if keeps() => self.bytes[..self.bytes.len() / 2].to_vec(),
            false if keeps() => vec![0; self.bytes.len()],
            false => Vec::new(),
        }
    }
}

impl Disk for PowerDisk {
    fn open(&self, path: &Path) -> io::Result<File> {
        self.read(|| RealDisk::default().open(path))
    }

    fn open_lock(&self, path: &Path) -> io::Result<File> {
        self.step(
            || RealDisk::default().open_lock(path),
            |medium, parts| {
                let parts = parts(path);
                if medium.node(&parts).is_none() {
                    medium.files.push(Bytes::default());
                    let file = Node::File(medium.files.len() - 1);
                    medium.change(&parts, Some(file));
                }
            },
        )
    }

    fn try_lock(&self, file: &File) -> io::Result<bool> {
        self.read(|| RealDisk::default().try_lock(file))
    }

    fn lock_shared(&self, file: &File) -> io::Result<()> {
        self.read(|| RealDisk::default().lock_shared(file))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        self.read(|| RealDisk::default().list(folder))
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.read(|| RealDisk::default().read_link(path))
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.step(
            || RealDisk::default().make_folder(path),
            |medium, parts| {
                medium.folders.push(Folder::default());
                let folder = Node::Folder(medium.folders.len() - 1);
                medium.change(&parts(path), Some(folder));
            },
        )
    }

    fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.step(
            || RealDisk::default().write_new(path, bytes),
            |medium, parts| {
                medium.files.push(Bytes { bytes: bytes.to_vec(), is_synced: false });
                let file = Node::File(medium.files.len() - 1);
                medium.change(&parts(path), Some(file));
            },
        )
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        self.step(|| Ok(()), |medium, parts| medium.sync(&parts(path)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(
            || RealDisk::default().rename(from, to),
            |medium, parts| {
                let node = medium.node(&parts(from));
                medium.change(&parts(from), None);
                medium.change(&parts(to), node);
            },
        )
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(
            || RealDisk::default().link(from, to),
            |medium, parts| {
                let node = medium.node(&parts(from));
                medium.change(&parts(to), node);
            },
        )
    }

    fn symlink(&self, target: &Path, link: &Path) -> io::Result<()> {
        self.step(
            || RealDisk::default().symlink(target, link),
            |medium, parts| medium.change(&parts(link), Some(Node::Link(target.to_owned()))),
        )
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.step(|| RealDisk::default().remove_file(path), |medium, parts| medium.change(&parts(path), None))
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.step(
            || RealDisk::default().remove_folder(path),
            |medium, parts| medium.change(&parts(path), None),
        )
    }

    fn modified(&self, path: &Path) -> io::Result<SystemTime> {
        RealDisk::default().modified(path)
    }

    fn now(&self) -> SystemTime {
        RealDisk::default().now()
    }

    fn is_running(&self, process: u32) -> Option<bool> {
        RealDisk::default().is_running(process)
    }
}
