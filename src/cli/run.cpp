#include <algorithm>
#include <cstdio>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/english.h"
#include "cli/source.h"
#include "play/failure_report.h"
#include "play/narration.h"
#include "play/proc_text.h"
#include "play/process_files.h"
#include "play/session.h"
#include "play/terminal.h"

namespace mmscope {

namespace {

constexpr u32 kSlice = 1'000'000;
constexpr u32 kToTheEnd = 0xffffffffU;
constexpr u32 kMostSentences = 1000;  // about one command
const std::vector<std::string> kUsualFiles = {"buddyinfo", "zoneinfo", "pagetypeinfo"};  // in JSON

void go_to(u32 step, Session* session) {
    session->seek(step);
    while (session->work(kSlice)) {}
}

struct TracedStep {
    u32 line = 0;
    std::vector<std::string> sentences;
};

// Plays to the end; with `trace` one command at a time, keeping what is said about each.
std::vector<TracedStep> play(const Source& source, Session* session, bool trace) {
    std::vector<TracedStep> steps;
    if (!trace) {
        go_to(kToTheEnd, session);
        return steps;
    }
    for (u32 step = 1;; ++step) {
        go_to(step, session);
        const Snapshot snapshot = session->snapshot();
        if (snapshot.step < step) return steps;
        TracedStep traced;
        traced.line = source.script_line((*snapshot.call_lines)[step - 1]);
        for (const Message& message : session->narration(kMostSentences)) traced.sentences.push_back(say(message));
        steps.push_back(std::move(traced));
    }
}

struct ProcText {
    std::string name;
    std::string text;
};

// What was asked for, in order: files first, so that `vmstat` is /proc/vmstat and `vmstat -a` the tool.
Result<std::vector<ProcText>, Message> proc_texts(const Session& session, const std::string& log,
                                                  const std::vector<std::string>& names) {
    std::vector<ProcText> texts;
    for (const std::string& name : names) {
        const std::optional<std::string> file = name == "dmesg" ? log : session.proc_text(name);
        if (file) {
            texts.push_back({name, *file});
            continue;
        }
        if (is_process_file(name)) return Message("terminal.no_file").text("name", "/proc/" + name);
        if (name.starts_with(kSlabFilePrefix))
            return Message("terminal.no_file").text("name", "/sys/kernel/" + name);
        Result<std::string, Message> shown = run_command_line(session.snapshot(), name);
        if (!shown) return shown.error();
        texts.push_back({name, *std::move(shown)});
    }
    return texts;
}

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void print_trace(const std::vector<TracedStep>& steps) {
    for (const TracedStep& step : steps) {
        for (const std::string& sentence : step.sentences) {
            const bool is_first = &sentence == &step.sentences.front();
            std::printf("%s%s\n", is_first ? (std::to_string(step.line) + ": ").c_str() : "    ", sentence.c_str());
        }
    }
}

void print_story(const Source& source, const Session& session) {
    for (const Message& note : session.machine_notes()) print(say(note) + "\n");
    for (const Mark& note : session.notes()) print(std::to_string(source.script_line(note.line)) + ": " + note.label + "\n");
    print(say(summarize(session.snapshot())) + "\n");
}

// ---- JSON ----

void write_marks(const char* name, const Source& source, const std::vector<Mark>& marks, JsonWriter* json) {
    json->key(name).begin_array();
    for (const Mark& mark : marks) {
        json->begin_object().key("step").number(mark.step).key("line").number(source.script_line(mark.line));
        json->key("text").string(mark.label).end_object();
    }
    json->end_array();
}

void write_zone(const Zone& zone, JsonWriter* json) {
    json->begin_object().key("node").number(zone.node).key("zone").string(zone.name());
    const std::pair<const char*, u32> numbers[] = {
        {"start_pfn", zone.start.value}, {"spanned", zone.spanned}, {"present", zone.present}, {"managed", zone.managed},
        {"free", zone.free_pages}, {"min", zone.mark(Watermark::min)}, {"low", zone.mark(Watermark::low)},
        {"high", zone.mark(Watermark::high)}};
    for (const auto& [name, value] : numbers) json->key(name).number(value);
    json->key("free_blocks").begin_object();
    for (u32 type = 0; type < kMigratetypes; ++type) {
        json->key(kMigratetypeNames[type]).begin_array();
        for (u32 order = 0; order < kNrPageOrders; ++order) json->number(zone.area.count[order][type]);
        json->end_array();
    }
    json->end_object().end_object();
}

void write_machine(const Session& session, JsonWriter* json) {
    const Machine& machine = *session.snapshot().machine;
    json->key("machine").begin_object().key("arch").string(kArchNames[static_cast<u32>(machine.memory().arch())]);
    json->key("kernel").string(machine.kernel()).key("nodes").number(machine.memory().nodes()).key("cpus").number(machine.memory().cpus());
    json->key("notes").begin_array();
    for (const Message& note : session.machine_notes()) json->string(say(note));
    json->end_array().end_object();
    json->key("zones").begin_array();
    for (const Zone& zone : machine.memory().zones()) write_zone(zone, json);
    json->end_array();
}

void write_trace(const std::vector<TracedStep>& steps, JsonWriter* json) {
    json->key("trace").begin_array();
    for (const TracedStep& step : steps) {
        json->begin_object().key("line").number(step.line).key("sentences").begin_array();
        for (const std::string& sentence : step.sentences) json->string(sentence);
        json->end_array().end_object();
    }
    json->end_array();
}

void write_failure(const Source& source, const Session& session, JsonWriter* json) {
    json->key("failure");
    if (!session.failure()) {
        json->null();
        return;
    }
    const Diagnostic& failure = *session.failure();
    json->begin_object().key("line").number(source.script_line(failure.line)).key("column").number(failure.column);
    json->key("key").string(failure.message.key).key("sentence").string(say(failure.message)).end_object();
}

std::string report(const Source& source, const Session& session, const std::vector<TracedStep>* steps,
                   const std::vector<ProcText>& texts) {
    char hash[24];
    std::snprintf(hash, sizeof hash, "%016llx", static_cast<unsigned long long>(session.state_hash()));
    JsonWriter json;
    json.begin_object().key("step").number(session.snapshot().step).key("hash").string(hash);
    write_marks("marks", source, session.marks(), &json);
    write_marks("notes", source, session.notes(), &json);
    write_machine(session, &json);
    write_failure(source, session, &json);
    if (steps != nullptr) write_trace(*steps, &json);
    json.key("proc").begin_object();
    for (const auto& [name, text] : texts) json.key(name).string(text);
    json.end_object().end_object();
    return json.text() + "\n";
}

}  // namespace

int run_script(const Options& options) {
    Session session;
    const auto source = load_source(options.files, options.from, &session);
    if (!source) return 1;
    KernelRing ring;
    if (std::find(options.proc.begin(), options.proc.end(), "dmesg") != options.proc.end()) ring.listen_to(session);
    const std::vector<TracedStep> steps = play(*source, &session, options.trace);
    const bool wants_usual_files = options.json && options.proc.empty();
    const auto texts = proc_texts(session, ring.text(), wants_usual_files ? kUsualFiles : options.proc);
    if (!texts) return std::fprintf(stderr, "%s\n", say(texts.error()).c_str()), 1;
    if (options.json) {
        print(report(*source, session, options.trace ? &steps : nullptr, *texts));
    } else {
        print_trace(steps);
        for (const ProcText& each : *texts) print(each.text);
        if (options.proc.empty()) print_story(*source, session);
    }
    if (!session.failure()) return 0;
    std::fflush(stdout);
    return std::fprintf(stderr, "%s\n", source->say(*session.failure()).c_str()), 1;
}

}  // namespace mmscope
