#include <algorithm>
#include <cstdio>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/english.h"
#include "cli/source.h"
#include "play/session.h"

namespace mmscope {

namespace {

constexpr u32 kSlice = 1'000'000;

void go_to(const StopPoint& at, Session* session) {
    switch (at.kind) {
        case StopPoint::Kind::end: session->seek(0xffffffffU); break;
        case StopPoint::Kind::step: session->seek(at.number); break;
        case StopPoint::Kind::mark: session->run_until_mark(at.label); break;
        case StopPoint::Kind::line: session->run_until_line(at.number); break;
    }
    while (session->work(kSlice)) {}
}

// Why the stop point was not reached, if nothing failed on the way.
std::optional<Message> missed(const StopPoint& at, const Session& session) {
    if (session.failure()) return std::nullopt;
    const std::vector<Mark>& marks = session.marks();
    const bool has_mark = std::any_of(marks.begin(), marks.end(), [&](const Mark& mark) { return mark.label == at.label; });
    if (at.kind == StopPoint::Kind::mark && !has_mark) return Message("cli.no_mark").text("label", at.label);
    const u32 step = session.snapshot().step;
    if (at.kind != StopPoint::Kind::step || step == at.number) return std::nullopt;
    return Message("cli.no_step").number("step", at.number).number("last", step);
}

void write_value(const Session& session, const std::string& expression, JsonWriter* json) {
    const Result<ScriptValue> value = session.evaluate(expression);
    json->begin_object().key("ok").boolean(value.has_value()).key("number");
    if (value && value->is_number) json->number(value->number);
    else json->null();
    json->key("text").string(value ? value->text : say(value.error().message)).end_object();
}

}  // namespace

int eval_script(const Options& options) {
    Session session;
    const auto source = load_source(options.files, options.from, &session);
    if (!source) return 1;
    go_to(options.at, &session);
    if (const auto message = missed(options.at, session)) return std::fprintf(stderr, "%s\n", say(*message).c_str()), 1;
    JsonWriter json;
    json.begin_object().key("step").number(session.snapshot().step).key("values").begin_array();
    for (const std::string& expression : options.expressions) write_value(session, expression, &json);
    json.end_array().key("failure");
    if (session.failure()) json.string(source->say(*session.failure()));
    else json.null();
    json.end_object();
    std::printf("%s\n", json.text().c_str());
    return 0;
}

}  // namespace mmscope
