#include "play/lexer.h"

#include <gtest/gtest.h>

#include <vector>

namespace mmscope {
namespace {

std::vector<std::string> words(std::string_view source) {
    Lexer lexer(source);
    std::vector<std::string> texts;
    for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next())
        texts.emplace_back(token.kind == TokenKind::separator ? ";" : token.text);
    return texts;
}

i64 number(std::string_view source) { return Lexer(source).next().number; }

TEST(Lexer, reads_numbers_with_binary_suffixes) {
    EXPECT_EQ(number("4096"), 4096);
    EXPECT_EQ(number("0x1000"), 4096);
    EXPECT_EQ(number("64K"), 65536);
    EXPECT_EQ(number("1M"), 1 << 20);
    EXPECT_EQ(number("2G"), i64{2} << 30);
    EXPECT_EQ(number("9223372036854775807"), 0x7fffffffffffffff);
}

// Its upper half is that of the kernel's addresses.
TEST(Lexer, reads_hexadecimal_numbers_of_sixty_four_bits) {
    EXPECT_EQ(static_cast<u64>(number("0xffff888000000000")), 0xffff888000000000U);
    EXPECT_EQ(static_cast<u64>(number("0xffffffffffffffff")), 0xffffffffffffffffU);
    EXPECT_STREQ(Lexer("0x10000000000000000").next().fault, "error.number_too_large");
    EXPECT_STREQ(Lexer("0x8000000000000000K").next().fault, "error.number_too_large");
    EXPECT_STREQ(Lexer("0x2000000000000000K").next().fault, "error.number_too_large");
}

TEST(Lexer, refuses_numbers_that_overflow_or_run_into_a_word) {
    EXPECT_STREQ(Lexer("9223372036854775808").next().fault, "error.number_too_large");
    EXPECT_STREQ(Lexer("9000000000G").next().fault, "error.number_too_large");
    EXPECT_STREQ(Lexer("12ab").next().fault, "error.bad_number");
    EXPECT_STREQ(Lexer("0x").next().fault, "error.bad_number");
}

TEST(Lexer, newlines_separate_except_in_parentheses_and_brackets) {
    EXPECT_EQ(words("a\nb"), (std::vector<std::string>{"a", ";", "b"}));
    EXPECT_EQ(words("f(a,\n b)\nc"), (std::vector<std::string>{"f", "(", "a", ",", "b", ")", ";", "c"}));
    EXPECT_EQ(words("x[\n1\n]"), (std::vector<std::string>{"x", "[", "1", "]"}));
    EXPECT_EQ(words("{\na }"), (std::vector<std::string>{"{", ";", "a", "}"}));
}

TEST(Lexer, comments_end_with_the_line) { EXPECT_EQ(words("a # b\r\nc"), (std::vector<std::string>{"a", ";", "c"})); }

TEST(Lexer, ranges_are_not_fractions) { EXPECT_EQ(words("0..8"), (std::vector<std::string>{"0", "..", "8"})); }

TEST(Lexer, counts_lines_and_columns_in_bytes) {
    Lexer lexer("a\n  \"\xc3\xa9\" bc");
    lexer.next();
    lexer.next();
    const Token text = lexer.next();
    EXPECT_EQ(text.span.line, 2U);
    EXPECT_EQ(text.span.column, 3U);
    EXPECT_EQ(text.span.length, 4U);
    EXPECT_EQ(lexer.next().span.column, 8U);
}

TEST(Lexer, resolves_escapes_in_strings) {
    EXPECT_EQ(text_value(Lexer("\"a\\\"b\\n\\\\\"").next()), "a\"b\n\\");
    EXPECT_STREQ(Lexer("\"open\nb\"").next().fault, "error.open_string");
    EXPECT_STREQ(Lexer("\"open\\").next().fault, "error.open_string");
}

TEST(Lexer, a_here_document_keeps_its_text_as_it_is) {
    Lexer lexer("END\nNode 0, # not a comment\n  END inside\nENDING\nEND\nnext");
    lexer.next();
    EXPECT_EQ(lexer.here_document("END"), "Node 0, # not a comment\n  END inside\nENDING\n");
    EXPECT_EQ(lexer.next().kind, TokenKind::separator);
    const Token next = lexer.next();
    EXPECT_EQ(next.text, "next");
    EXPECT_EQ(next.span.line, 6U);
}

TEST(Lexer, a_here_document_needs_its_terminator_and_a_line_of_its_own) {
    Lexer open("END\ntext\n");
    open.next();
    EXPECT_FALSE(open.here_document("END").has_value());
    Lexer crowded("END x\ntext\nEND");
    crowded.next();
    EXPECT_FALSE(crowded.here_document("END").has_value());
}

TEST(Lexer, underlines_a_whole_character_that_it_does_not_know) {
    const Token token = Lexer("\xe2\x80\x93 b").next();
    EXPECT_STREQ(token.fault, "error.bad_character");
    EXPECT_EQ(token.span.length, 3U);
}

}  // namespace
}  // namespace mmscope
