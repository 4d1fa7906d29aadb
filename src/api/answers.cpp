#include "api/answers.h"

#include <cstdio>

#include "api/utf16.h"
#include "play/narration.h"
#include "play/vocabulary.h"
#include "ui/fields.h"

namespace mmscope::answers {

namespace {

constexpr const char* kRunStates[] = {"paused", "running", "finished", "failed"};

void put(Json& json, const Diagnostic& diagnostic, std::string_view source) {
    const Diagnostic place = in_utf16(diagnostic, source);
    json.begin_object().member("line", place.line).member("column", place.column).member("length", place.length);
    json.member("message", place.message).end_object();
}

void put(Json& json, const std::vector<Message>& list) {
    json.begin_array();
    for (const Message& message : list) json.value(message);
    json.end_array();
}

void put(Json& json, const std::vector<Mark>& marks) {
    json.begin_array();
    for (const Mark& mark : marks) {
        json.begin_object().member("step", mark.step).member("line", mark.line).member("label", mark.label).end_object();
    }
    json.end_array();
}

template <class Numbers>
void put_numbers(Json& json, const Numbers& numbers) {
    json.begin_array();
    for (const u32 number : numbers) json.value(number);
    json.end_array();
}

void put_machine(Json& json, const Machine& machine) {
    const PageAllocator& memory = machine.memory();
    json.begin_object().member("arch", kArchNames[static_cast<u32>(memory.arch())]).member("kernel", machine.kernel());
    json.member("cpus", memory.cpus()).member("nodes", memory.nodes());
    json.member("imported", machine.import() != nullptr).member("frames", memory.frames().frames()).end_object();
}

void put_zone(Json& json, const Zone& zone) {
    json.begin_object().member("position", u32{zone.position}).member("node", u32{zone.node}).member("name", zone.name());
    json.member("startPfn", zone.start.value).member("spanned", zone.spanned).member("present", zone.present);
    json.member("managed", zone.managed).member("free", zone.free_pages);
    json.member("min", zone.mark(Watermark::min)).member("low", zone.mark(Watermark::low));
    json.member("high", zone.mark(Watermark::high));
    put_numbers(json.key("reserve"), zone.lowmem_reserve);
    json.key("blocks").begin_array();
    for (u8 order = 0; order < kNrPageOrders; ++order) json.value(zone.area.nr_free({order}));
    json.end_array().key("byType").begin_array();
    for (u32 type = 0; type < kMigratetypes; ++type) {
        json.begin_array();
        for (u32 order = 0; order < kNrPageOrders; ++order) json.value(zone.area.count[order][type]);
        json.end_array();
    }
    json.end_array().end_object();
}

const char* kind_of(const FrameInfo& frame) {
    if (frame.zone == nullptr) return "outside";
    if (frame_state::is_absent(frame.state)) return "absent";
    if (frame_state::is_reserved(frame.state)) return "reserved";
    return frame_state::is_free(frame.state) ? "free" : "allocated";
}

}  // namespace

std::string diagnostics(const std::vector<Diagnostic>& list, std::string_view source) {
    Json json;
    json.begin_array();
    for (const Diagnostic& diagnostic : list) put(json, diagnostic, source);
    return json.end_array().text();
}

std::string messages(const std::vector<Message>& list) {
    Json json;
    put(json, list);
    return json.text();
}

std::string status(const Session& session) {
    const Snapshot snapshot = session.snapshot();
    Json json;
    json.begin_object().member("generation", snapshot.generation);
    json.member("state", kRunStates[static_cast<u32>(snapshot.state)]);
    json.member("step", snapshot.step).member("lastStep", snapshot.last_step).member("line", snapshot.line).key("failure");
    if (session.failure()) {
        put(json, *session.failure(), session.source());
    } else {
        json.null();
    }
    put(json.key("marks"), session.marks());
    put(json.key("notes"), session.notes());
    char hash[20];
    std::snprintf(hash, sizeof hash, "%016llx", static_cast<unsigned long long>(session.state_hash()));
    json.member("stateHash", hash).member("summary", summarize(snapshot));
    put(json.key("machineNotes"), session.machine_notes());
    put_machine(json.key("machine"), *snapshot.machine);
    return json.end_object().text();
}

std::string zones(const Snapshot& snapshot) {
    Json json;
    json.begin_array();
    for (const Zone& zone : snapshot.memory().zones()) put_zone(json, zone);
    return json.end_array().text();
}

std::string frame(const Snapshot& snapshot, double pfn) {
    const bool is_pfn = pfn >= 0 && pfn < 4294967295.0;
    const FrameInfo info = describe_frame(snapshot, is_pfn ? Pfn{static_cast<u32>(pfn)} : kNoPfn);
    const bool in_block = info.block.head != kNoPfn;
    Json json;
    json.begin_object().member("pfn", info.pfn.value).member("kind", kind_of(info)).key("fields").begin_array();
    for (const Field& field : frame_fields(snapshot, info)) {
        json.begin_object().member("name", field.name).member("value", field.value).end_object();
    }
    json.end_array().member("blockPfn", in_block ? i64{info.block.head.value} : i64{-1});
    json.member("blockOrder", in_block ? u32{info.block.order.value} : u32{0});
    return json.member("callLine", info.call_line).member("callText", info.call_text).end_object().text();
}

std::string evaluation(const Session& session, std::string_view expression) {
    const Result<ScriptValue> value = session.evaluate(expression);
    Json json;
    json.begin_object().member("ok", value.has_value());
    json.member("isNumber", value && value->is_number);
    json.member("number", value && value->is_number ? std::to_string(value->number) : std::string());
    json.member("text", value ? value->text : std::string()).key("error");
    if (value) {
        json.null();
    } else {
        put(json, value.error(), expression);
    }
    return json.end_object().text();
}

std::string call_names() {
    constexpr const char* kNames[] = {
#define MMSCOPE_X(name) #name,
        MMSCOPE_PAGE_CALLS(MMSCOPE_X)
#undef MMSCOPE_X
    };
    Json json;
    json.begin_array();
    for (const char* name : kNames) json.value(name);
    for (u8 i = 0; i <= static_cast<u8>(Looking::events); ++i) json.value(looking_word(static_cast<Looking>(i)).name);
    return json.value("random").end_array().text();
}

}  // namespace mmscope::answers
