mod descriptors;
mod editions;
mod messages;
mod wording;

use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};

use super::*;

struct Source(&'static str);

impl FileResolver for Source {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        if name == "test.proto" {
            File::from_source(name, self.0)
        } else {
            Err(protox::Error::file_not_found(name))
        }
    }
}

/// The descriptor set of one source, with its imports.
fn compiled(source: &'static str) -> Vec<u8> {
    let mut resolver = ChainFileResolver::new();
    resolver.add(Source(source));
    resolver.add(GoogleFileResolver::new());
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler
        .include_imports(true)
        .open_file("test.proto")
        .unwrap();
    compiler.encode_file_descriptor_set()
}

const SHOP: &str = r#"
syntax = "proto3";
package shop;
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/empty.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
enum Color { RED = 0; GREEN = 1; }
message Item { string name = 1; int32 price = 2; Color color = 3; repeated Item parts = 4; }
message Order {
  string greeting = 1;
  int32 count = 2;
  uint32 size = 3;
  int64 big = 4;
  uint64 huge = 5;
  sint32 zig = 6;
  bool paid = 7;
  double ratio = 8;
  float weight = 9;
  bytes data = 10;
  Color color = 11;
  repeated Item items = 12;
  map<int32, string> names = 13;
  map<string, Item> by_name = 14;
  oneof choice { string left = 15; int32 right = 16; }
  google.protobuf.Timestamp at = 17;
  google.protobuf.Duration took = 18;
  google.protobuf.Int32Value maybe = 19;
  google.protobuf.Struct extra = 20;
  google.protobuf.Value anything = 21;
  google.protobuf.ListValue list = 22;
  google.protobuf.Any any = 23;
  google.protobuf.FieldMask mask = 24;
  google.protobuf.Empty nothing = 25;
  repeated int32 numbers = 26;
  optional int32 perhaps = 27;
  google.protobuf.DoubleValue real = 28;
}
service Shop {
  rpc Buy(Order) returns (Order);
  rpc Watch(stream Order) returns (stream Item);
}
service Warehouse { rpc Fill(Item) returns (Item); }
"#;

fn shop() -> Schema {
    Schema::from_descriptor_set(&compiled(SHOP)).unwrap()
}

fn buy() -> Method {
    shop().method("shop.Shop/Buy").unwrap()
}

#[test]
fn methods_are_found_with_their_types() {
    let schema = shop();
    let watch = schema.method("/shop.Shop/Watch").unwrap();
    assert_eq!(
        (
            watch.full_name.as_str(),
            watch.input.as_str(),
            watch.output.as_str()
        ),
        ("shop.Shop/Watch", "shop.Order", "shop.Item")
    );
    assert!(watch.client_streaming && watch.server_streaming);
    assert!(!buy().client_streaming && !buy().server_streaming);
    assert_eq!(schema.services(), ["shop.Shop", "shop.Warehouse"]);
    let names: Vec<String> = schema
        .methods()
        .into_iter()
        .map(|method| method.full_name)
        .collect();
    assert_eq!(
        names,
        ["shop.Shop/Buy", "shop.Shop/Watch", "shop.Warehouse/Fill"]
    );
}

#[test]
fn a_miss_names_what_is_near() {
    let cases = [
        (
            "shop.Shop/Bui",
            "service shop.Shop has no method Bui; did you mean Buy?",
        ),
        (
            "shop.Shop/buy",
            "service shop.Shop has no method buy; did you mean Buy?",
        ),
        (
            "shop.Shop/Delete",
            "service shop.Shop has no method Delete; it has Buy, Watch",
        ),
        (
            "Shop/Buy",
            "there is no service Shop; did you mean shop.Shop?",
        ),
        (
            "store.v1.Warehouse/Fill",
            "there is no service store.v1.Warehouse; did you mean shop.Warehouse?",
        ),
        (
            "shop.Warehose/Fill",
            "there is no service shop.Warehose; did you mean shop.Warehouse?",
        ),
        (
            "zebra",
            "there is no service zebra; there are shop.Shop, shop.Warehouse",
        ),
        (
            "",
            "there is no service ; there are shop.Shop, shop.Warehouse",
        ),
    ];
    let schema = shop();
    for (path, expected) in cases {
        assert_eq!(
            schema.method(path).unwrap_err().to_string(),
            expected,
            "{path}"
        );
    }
    assert_eq!(
        Schema::default().method("a.B/C").unwrap_err().to_string(),
        "there is no service a.B; there are none"
    );
}
