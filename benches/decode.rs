//! How fast captured bytes become frames, fields, calls and lines of a report. The inputs are written here.

#[path = "decode/writer.rs"]
mod writer;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use grpc_probe::capture::{self, Input};
use grpc_probe::diagnosis::Case;
use grpc_probe::http::Event;
use grpc_probe::report::Options;
use grpc_probe::report::decode::frames::FrameLines;
use grpc_probe::report::redact::Hidden;
use grpc_probe::rules;
use grpc_probe::wire::hpack::{self, HeaderBlock};
use grpc_probe::wire::{Decoder, Direction};

use self::writer::{Capture, Fields, data_frames, small_frames};

/// How many bytes a socket or a file gives in a turn.
const CHUNK: usize = 64 * 1024;

/// How many events the decoder tells of these bytes.
fn events(bytes: &[u8]) -> usize {
    let mut decoder = Decoder::new(Direction::Received);
    let mut count = 0;
    for mut chunk in bytes.chunks(CHUNK) {
        while let Some(event) = decoder.next(&mut chunk, Duration::ZERO) {
            black_box(&event);
            count += 1;
        }
    }
    count
}

fn frames(c: &mut Criterion) {
    let large = data_frames(64 * 1024 * 1024);
    let small = small_frames(200_000);
    let mut group = c.benchmark_group("frames");
    group.throughput(Throughput::Bytes(large.len() as u64));
    group.bench_function("DATA of 16 KiB", |b| b.iter(|| events(black_box(&large))));
    group.throughput(Throughput::Elements(events(&small) as u64));
    group.bench_function("small", |b| b.iter(|| events(black_box(&small))));
    group.finish();
}

fn fields(c: &mut Criterion) {
    let blocks: Vec<Vec<u8>> = {
        let mut fields = Fields::default();
        (0..1_000).map(|call| fields.request(call)).collect()
    };
    let mut group = c.benchmark_group("hpack");
    let bytes: usize = blocks.iter().map(Vec::len).sum();
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("requests of one connection", |b| {
        b.iter(|| {
            let mut decoder = hpack::Decoder::new();
            let mut decoded = HeaderBlock::default();
            for bytes in &blocks {
                let places = [hpack::Place {
                    position: 0,
                    offset: 0,
                }];
                let block = hpack::Block {
                    bytes,
                    places: &places,
                    missing: None,
                };
                decoder.decode(block, &mut decoded);
                black_box(&decoded);
            }
        });
    });
    group.finish();
}

/// Reads a capture to its end; how many calls it has.
fn read(bytes: &[u8], each: &mut dyn FnMut(&Event<'_>)) -> u64 {
    let mut calls = 0;
    let input = Input::One(Box::new(bytes));
    let mut options = capture::Options::default();
    let outcome = capture::read(input, &mut options, &mut |event| {
        calls += u64::from(matches!(event, Event::Ended { .. }));
        each(&event);
    });
    assert!(outcome.is_ok_and(|outcome| outcome.stopped.is_none()));
    calls
}

/// Judges the calls as they end, as every report of them does.
fn judge(event: &Event<'_>) {
    if let Event::Ended { ended, .. } = event {
        let case = Case::new(&ended.connection, &ended.call, None);
        black_box(rules::diagnose(&case));
    }
}

/// Reads a capture, and writes its frames as lines of JSON.
fn write_frames(bytes: &[u8]) {
    let mut lines = FrameLines::new(&Options::default());
    let mut text = String::new();
    read(bytes, &mut |event| {
        if let Event::Seen { connection, seen } = event {
            lines.take(*connection, seen, &Hidden::default(), &mut text);
            black_box(&text);
            text.clear();
        }
    });
}

fn captures(c: &mut Criterion) {
    let calls = 20_000;
    let small = Capture::of_calls(calls, 40);
    let large = Capture::of_calls(500, 64 * 1024);
    let mut group = c.benchmark_group("pcapng");
    group.sample_size(10);
    group.throughput(Throughput::Elements(calls.into()));
    group.bench_function("20,000 calls, read", |b| {
        b.iter(|| assert_eq!(read(black_box(&small), &mut |_| {}), u64::from(calls)));
    });
    group.bench_function("20,000 calls, judged", |b| {
        b.iter(|| assert_eq!(read(black_box(&small), &mut judge), u64::from(calls)));
    });
    group.bench_function("20,000 calls, frames as JSON", |b| {
        b.iter(|| write_frames(black_box(&small)));
    });
    group.throughput(Throughput::Bytes(large.len() as u64));
    group.bench_function("messages of 64 KiB, judged", |b| {
        b.iter(|| assert_eq!(read(black_box(&large), &mut judge), 500));
    });
    group.finish();
}

criterion_group!(benches, frames, fields, captures);
criterion_main!(benches);
