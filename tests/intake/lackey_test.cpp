#include "intake/lackey.h"

#include <gtest/gtest.h>

namespace mmscope {
namespace {

using Kind = MemoryReference::Kind;

std::vector<MemoryReference> read_all(LackeyReader* reader, std::string_view text) {
    std::vector<MemoryReference> references;
    reader->read(text, &references);
    reader->finish(&references);
    return references;
}

constexpr std::string_view kTrace =
    "==13516== Lackey, an example Valgrind tool\n"
    "==13516== \n"
    "I  0401ab70,3\n"
    " S 1fff000618,8\n"
    "I  0401b771,16\n"
    " L 04032EF8,32\n"
    " M 04033e06,1\n"
    "==13516== Exit code:       0\n";
const std::vector<MemoryReference> kReferences = {{0x401ab70, 3, Kind::fetch},
                                                  {0x1fff000618, 8, Kind::store},
                                                  {0x401b771, 16, Kind::fetch},
                                                  {0x4032ef8, 32, Kind::load},
                                                  {0x4033e06, 1, Kind::modify}};

TEST(Lackey, references_are_read_and_valgrinds_own_lines_passed_over) {
    LackeyReader reader;
    EXPECT_EQ(read_all(&reader, kTrace), kReferences);
    EXPECT_EQ(reader.count(Kind::fetch), 2U);
    EXPECT_EQ(reader.count(Kind::modify), 1U);
    EXPECT_EQ(reader.references(), 5U);
    EXPECT_EQ(reader.torn().count, 0U);
    EXPECT_EQ(reader.foreign().count, 0U);
}

TEST(Lackey, the_text_may_be_cut_anywhere) {
    for (std::size_t length = 1; length <= 40; ++length) {
        LackeyReader reader;
        std::vector<MemoryReference> references;
        for (std::size_t at = 0; at < kTrace.size(); at += length) reader.read(kTrace.substr(at, length), &references);
        reader.finish(&references);
        EXPECT_EQ(references, kReferences) << "pieces of " << length;
        EXPECT_EQ(reader.foreign().count + reader.torn().count, 0U) << "pieces of " << length;
    }
}

TEST(Lackey, a_last_line_needs_no_newline_and_a_newline_may_have_a_return) {
    LackeyReader reader;
    EXPECT_EQ(read_all(&reader, "I  04,3\r\n L 08,4"),
              (std::vector<MemoryReference>{{4, 3, Kind::fetch}, {8, 4, Kind::load}}));
}

TEST(Lackey, other_lines_of_valgrind_are_its_own) {
    LackeyReader reader;
    EXPECT_TRUE(read_all(&reader, "--12-- REDIR: 0x1\n**12** a message of the client\n==1==\n").empty());
    EXPECT_EQ(reader.foreign().count, 0U);
}

TEST(Lackey, program_output_is_counted_with_its_first_place_and_passed_over) {
    LackeyReader reader;
    EXPECT_EQ(read_all(&reader, "I  04,3\nhello\n\n=== a ruler\nI am\n L 08,4\n").size(), 2U);
    EXPECT_EQ(reader.foreign().count, 3U);  // the empty line is nobody's
    EXPECT_EQ(reader.foreign().first.line, 2U);
    EXPECT_EQ(reader.foreign().first.column, 1U);
    EXPECT_EQ(reader.foreign().first.message.key, "capture.foreign");
    EXPECT_EQ(reader.torn().count, 0U);
}

TEST(Lackey, a_torn_line_is_counted_with_the_place_where_it_stumbles) {
    const struct {
        const char* line;
        u32 column;
    } kTorn[] = {{"I  ", 4},
                 {"I  xyz,3", 4},
                 {"I  0401", 8},
                 {"I  0401 3", 8},
                 {"I  0401,", 9},
                 {"I  0401,x", 9},
                 {"I  0401,3x", 10},
                 {"I  0401,0", 9},
                 {"I  0401,70000", 9},
                 {" L 0401,3 ", 10},
                 {" S 0401hello", 8},
                 {"I   0401,3", 4},
                 {" M 1234,123456", 14},
                 {" L 00000000000000001,4", 4},
                 {" L ffffffffffffffff,2", 21}};
    for (const auto& [line, column] : kTorn) {
        LackeyReader reader;
        EXPECT_EQ(read_all(&reader, std::string("I  04,3\n") + line + "\n L 08,4\n").size(), 2U) << line;
        EXPECT_EQ(reader.torn().count, 1U) << line;
        EXPECT_EQ(reader.torn().first.line, 2U) << line;
        EXPECT_EQ(reader.torn().first.column, column) << line;
        EXPECT_EQ(reader.torn().first.message.key, "capture.torn") << line;
        EXPECT_EQ(reader.foreign().count, 0U) << line;
    }
}

TEST(Lackey, a_file_that_is_cut_off_is_torn_in_its_last_line) {
    for (const char* end : {"I", "I ", "I  ", "I  04", "I  04,", " ", " L", " S 1f"}) {
        LackeyReader reader;
        EXPECT_EQ(read_all(&reader, std::string("I  04,3\n") + end).size(), 1U) << end;
        EXPECT_EQ(reader.torn().count, 1U) << end;
        EXPECT_EQ(reader.torn().first.line, 2U) << end;
    }
}

TEST(Lackey, the_last_byte_of_the_address_space_may_be_loaded) {
    LackeyReader reader;
    EXPECT_EQ(read_all(&reader, " L ffffffffffffffff,1\n").size(), 1U);
}

TEST(Lackey, an_endless_line_is_one_foreign_line_and_takes_no_room) {
    LackeyReader reader;
    std::vector<MemoryReference> references;
    for (u32 piece = 0; piece < 1000; ++piece) reader.read(std::string(1000, 'x'), &references);
    reader.read("\nI  04,3\n", &references);
    EXPECT_EQ(reader.foreign().count, 1U);
    EXPECT_EQ(references.size(), 1U);
}

}  // namespace
}  // namespace mmscope
