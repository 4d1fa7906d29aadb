#include "base/json.h"

#include <gtest/gtest.h>

namespace mmscope {
namespace {

TEST(Json, puts_commas_between_members_and_values) {
    Json json;
    json.begin_object().member("step", 3).key("marks").begin_array().value("a").value("b").end_array();
    json.member("done", true).key("failure").null().end_object();
    EXPECT_EQ(json.text(), R"({"step":3,"marks":["a","b"],"done":true,"failure":null})");
}

TEST(Json, keeps_empty_objects_and_arrays_empty) {
    Json json;
    json.begin_array().begin_object().end_object().begin_array().end_array().end_array();
    EXPECT_EQ(json.text(), "[{},[]]");
}

TEST(Json, escapes_quotes_backslashes_and_control_characters) {
    Json json;
    json.value("a \"quoted\" \\ line\n\x7f");
    EXPECT_EQ(json.text(), R"("a \"quoted\" \\ line\u000a\u007f")");
}

TEST(Json, puts_a_comma_after_a_text_that_ends_like_a_bracket) {
    Json json;
    json.begin_array().value("[").value("{").value(":").end_array();
    EXPECT_EQ(json.text(), R"(["[","{",":"])");
}

TEST(Json, says_a_message_with_its_numbers_as_text) {
    Json json;
    json.value(Message("event.take").hex("pfn", 0x8100).number("order", -3).text("zone", "DMA32"));
    EXPECT_EQ(json.text(), R"({"key":"event.take","params":[{"name":"pfn","kind":"hex","value":"0x8100"},)"
                           R"({"name":"order","kind":"number","value":"-3"},{"name":"zone","kind":"text","value":"DMA32"}]})");
}

}  // namespace
}  // namespace mmscope
