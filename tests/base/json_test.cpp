#include "base/json.h"

#include <gtest/gtest.h>

namespace mmscope {
namespace {

TEST(Json, commas_stand_between_values_and_nowhere_else) {
    JsonWriter json;
    json.begin_object().key("a").number(-3).key("list").begin_array().boolean(true).null().begin_object().end_object().end_array();
    json.key("empty").begin_array().end_array().key("text").string("x").end_object();
    EXPECT_EQ(json.text(), R"({"a":-3,"list":[true,null,{}],"empty":[],"text":"x"})");
}

TEST(Json, text_is_escaped) {
    JsonWriter json;
    json.string("a\"b\\c\nd\x01\x1f");
    EXPECT_EQ(json.text(), R"("a\"b\\c\nd\u0001\u001f")");
}

TEST(Json, utf8_stays_and_other_bytes_are_replaced) {
    JsonWriter json;
    json.begin_array().string("頁框").string("a\xff\xc0\x80z").string("\xed\xa0\x80").string("\xe9").end_array();
    EXPECT_EQ(json.text(), "[\"頁框\",\"a\\ufffd\\ufffd\\ufffdz\",\"\\ufffd\\ufffd\\ufffd\",\"\\ufffd\"]");
}

TEST(Json, a_flat_object_is_read_in_its_order) {
    const auto entries = read_flat_json("{\n  \"b\": \"one \\\"two\\\"\\n\",\n  \"a\": \"\\u9801 \\ud83d\\ude00\"\n}\n");
    ASSERT_TRUE(entries);
    ASSERT_EQ(entries->size(), 2U);
    EXPECT_EQ((*entries)[0], (std::pair<std::string, std::string>{"b", "one \"two\"\n"}));
    EXPECT_EQ((*entries)[1].second, "頁 😀");
    EXPECT_TRUE(read_flat_json("{}"));
}

TEST(Json, anything_else_is_not_read) {
    for (const char* text : {"", "[]", "{\"a\"}", "{\"a\":1}", "{\"a\":\"b\"", "{\"a\":\"b\",}", "{\"a\":\"b\"} x", "{\"a\":\"\\q\"}",
                             "{\"a\":\"\\u12\"}", "{\"a\":\"\\ud800x\"}", "{\"a\":\"b"}) {
        EXPECT_FALSE(read_flat_json(text)) << text;
    }
}

}  // namespace
}  // namespace mmscope
