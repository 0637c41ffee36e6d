//! The same bytes as tools and languages write them.

use super::Dress;

/// What all samples are of.
pub(super) const BYTES: &[u8] = b"\0\0\0\0\x07\n\x05Hello world this is more|x";

/// What tools dump, by their names.
pub(super) const DUMPS: &[(&str, &str)] = &[
    (
        "xxd",
        "\
00000000: 0000 0000 070a 0548 656c 6c6f 2077 6f72  .......Hello wor
00000010: 6c64 2074 6869 7320 6973 206d 6f72 657c  ld this is more|
00000020: 78                                       x
",
    ),
    (
        "xxd -c 8 -g1",
        "\
00000000: 00 00 00 00 07 0a 05 48  .......H
00000008: 65 6c 6c 6f 20 77 6f 72  ello wor
00000010: 6c 64 20 74 68 69 73 20  ld this 
00000018: 69 73 20 6d 6f 72 65 7c  is more|
00000020: 78                       x
",
    ),
    (
        "xxd -g4",
        "\
00000000: 00000000 070a0548 656c6c6f 20776f72  .......Hello wor
00000010: 6c642074 68697320 6973206d 6f72657c  ld this is more|
00000020: 78                                   x
",
    ),
    (
        "hexdump -C",
        "\
00000000  00 00 00 00 07 0a 05 48  65 6c 6c 6f 20 77 6f 72  |.......Hello wor|
00000010  6c 64 20 74 68 69 73 20  69 73 20 6d 6f 72 65 7c  |ld this is more||
00000020  78                                                |x|
00000021
",
    ),
    (
        "od -A x -t x1z",
        "\
000000 00 00 00 00 07 0a 05 48 65 6c 6c 6f 20 77 6f 72  >.......Hello wor<
000010 6c 64 20 74 68 69 73 20 69 73 20 6d 6f 72 65 7c  >ld this is more|<
000020 78                                               >x<
000021
",
    ),
    (
        "od -t x1",
        "\
0000000 00 00 00 00 07 0a 05 48 65 6c 6c 6f 20 77 6f 72
0000020 6c 64 20 74 68 69 73 20 69 73 20 6d 6f 72 65 7c
0000040 78
0000041
",
    ),
    (
        "od -A d -t x1z",
        "\
0000000 00 00 00 00 07 0a 05 48 65 6c 6c 6f 20 77 6f 72  >.......Hello wor<
0000016 6c 64 20 74 68 69 73 20 69 73 20 6d 6f 72 65 7c  >ld this is more|<
0000032 78                                               >x<
0000033
",
    ),
    (
        "Wireshark, copied",
        "\
0000   00 00 00 00 07 0a 05 48 65 6c 6c 6f 20 77 6f 72   .......Hello wor
0010   6c 64 20 74 68 69 73 20 69 73 20 6d 6f 72 65 7c   ld this is more|
0020   78                                                x
",
    ),
];

/// Other dresses.
pub(super) const OTHERS: &[(Dress, &str)] = &[
    (
        Dress::Hex { indented: false },
        "00000000070a0548656c6c6f20776f726c642074686973206973206d6f72\n657c78\n",
    ),
    (
        Dress::Hex { indented: false },
        "00:00:00:00:07:0a:05:48:65:6c:6c:6f:20:77:6f:72:6c:64:20:74:68:69:73:20:69:73:20:6d:6f:72:65:7C:78",
    ),
    (
        Dress::Hex { indented: false },
        "0x0, 0x0, 0x0, 0x0, 0x7, 0xa, 0x5, 0x48656c6c6f20776f726c64,\r\n\
         \\x20\\x74\\x68\\x69\\x73 20 69 73 # is\r\n 20,6d6f; 72 0X657c 0x78\r\n",
    ),
    (
        Dress::Arrays,
        "\
unsigned char b_bin[] = {
  0x00, 0x00, 0x00, 0x00, 0x07, 0x0a, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f,
  0x20, 0x77, 0x6f, 0x72, 0x6c, 0x64, 0x20, 0x74, 0x68, 0x69, 0x73, 0x20,
  0x69, 0x73, 0x20, 0x6d, 0x6f, 0x72, 0x65, 0x7c, 0x78
};
unsigned int b_bin_len = 33;
",
    ),
    (
        Dress::Arrays,
        "[]byte{0x0, 0x0, 0x0, 0x0, 0x7, 0xa, 0x5, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x20, 0x77, 0x6f, 0x72, 0x6c, 0x64, \
         0x20, 0x74, 0x68, 0x69, 0x73, 0x20, 0x69, 0x73, 0x20, 0x6d, 0x6f, 0x72, 0x65, 0x7c, 0x78}",
    ),
    (
        Dress::Quoted,
        r#""\x00\x00\x00\x00\a\n\x05Hello world this is more|x""#,
    ),
    (
        Dress::Quoted,
        r"b'\x00\x00\x00\x00\x07\n\x05Hello world this is more|x'",
    ),
    (
        Dress::Quoted,
        "\"\\000\\000\\0\\0\\a\\n\\5Hello\" \\\n\"\\x20world this\"\n  \" is more|x\";\n",
    ),
    (
        Dress::Hex { indented: false },
        "00-00-00-00-07-0A-05-48-65-6C-6C-6F-20-77-6F-72-6C-64-20-74-68-69-73-20-69-73-20-6D-6F-72-65-7C-78\r\n",
    ),
    (
        Dress::Decimal,
        "[0, 0, 0, 0, 7, 10, 5, 72, 101, 108, 108, 111, 32, 119, 111, 114, 108, 100, 32, 116, 104, 105, 115, 32, 105, 115, \
         32, 109, 111, 114, 101, 124, 120]\n",
    ),
    (
        Dress::Decimal,
        "[0 0 0 0 7 10 5 72 101 108 108 111 32 119 111 114 108 100 32 116]\n{104, 105, 115, 32, 105, 115,\n  32, 109, 111, \
         114,\n  101,\n  124,\n  120,\n}",
    ),
    (
        Dress::Base64,
        "AAAAAAcKBUhlbGxvIHdvcmxkIHRoaXMgaXMgbW9yZXx4\n",
    ),
    (
        Dress::Base64,
        "AAAAAAcKBUhlbGxvIHdv\r\ncmxkIHRoaXMgaXMgbW9y\r\nZQ==\r\nfHg=\r\n",
    ),
];
