#include "api/captures.h"

#include "api/answer.h"
#include "intake/recognise.h"
#include "play/report_explanation.h"

namespace mmscope {
namespace {

using Part = LockStep::Part;

constexpr const char* kPartNames[] = {"none",  "golden",   "module", "snapshots", "trace",       "layout",
                                      "uname", "zoneinfo", "slabs",  "objects",   "objectStates"};
static_assert(std::size(kPartNames) == LockStep::kParts);
constexpr std::size_t kMostLogBytes = std::size_t{64} << 20;  // a log is read as a whole, and twice there for a moment
constexpr const char* kStateNames[] = {"empty", "waiting", "running", "stopped", "finished", "failed"};

bool is_log(std::string_view text) {
    return text.size() <= kMostLogBytes && capture_kind(text) == CaptureKind::none && has_report(text);
}

const char* name_of(Part part) { return kPartNames[static_cast<u32>(part)]; }

// The kernels whose rules a capture may be replayed by: the format came with 6.1.
void put_kernels(Answer& answer) {
    constexpr u16 kOldest = 0x0601;
    answer.key("kernels").begin_array();
    for (const Profile& profile : profiles()) {
        if (profile.version >= kOldest) answer.value(profile.name);
    }
    answer.end_array();
}

void put_files(Answer& answer, const LockStep& lock_step) {
    answer.key("files").begin_array();
    for (u32 part = 0; part < LockStep::kParts; ++part) {
        if (lock_step.has(Part{static_cast<u8>(part)})) answer.value(lock_step.file(Part{static_cast<u8>(part)}).name);
    }
    answer.end_array();
}

void put_machine(Answer& answer, const LockStep::Machine& machine) {
    answer.key("machine").begin_object().member("kernel", machine.kernel).member("rules", machine.profile ? machine.profile->name : "");
    answer.member("isShown", machine.is_shown).member("arch", kArchNames[static_cast<u32>(machine.arch)]).member("cpus", machine.cpus).end_object();
}

void put_outcome(Answer& answer, const Outcome& outcome) {
    answer.key("outcome").begin_object().member("isPerfect", outcome.is_perfect).member("tally", outcome.tally()).key("remarks").begin_array();
    for (const Remark& remark : outcome.remarks) {
        answer.begin_object().member("line", remark.line).key("sentences").begin_array();
        for (const Message& sentence : remark.sentences) answer.value(sentence);
        answer.end_array().end_object();
    }
    answer.end_array().end_object();
}

}  // namespace

std::string Captures::take() {
    std::vector<CaptureFile> logs(drop_.size());
    for (std::size_t at = 0; at < drop_.size(); ++at)
        if (is_log(drop_[at].text)) logs[at] = drop_[at];
    const std::vector<Part> parts = lock_step_.take(std::move(drop_));
    drop_.clear();
    logs_.clear();
    Answer answer;
    answer.begin_array();
    for (std::size_t at = 0; at < parts.size(); ++at) {
        const bool is_explained = parts[at] == Part::none && !logs[at].text.empty();
        answer.value(is_explained ? "log" : name_of(parts[at]));
        if (is_explained) logs_.push_back(std::move(logs[at]));
    }
    return answer.end_array().text();
}

std::string Captures::explanations() const {
    Answer answer;
    answer.begin_array();
    for (const CaptureFile& log : logs_) {
        const ExplainedReports explained = explain_reports(log.text);
        answer.begin_object().member("file", log.name).key("reports").begin_array();
        for (const ExplainedReport& report : explained.reports) {
            answer.begin_object().member("line", report.line).key("sentences").begin_array();
            for (const Message& sentence : report.sentences) answer.value(sentence);
            answer.end_array().end_object();
        }
        answer.end_array().key("problem");
        if (explained.problem)
            answer.value(*explained.problem, log.text);
        else
            answer.null();
        answer.end_object();
    }
    return answer.end_array().text();
}

std::string Captures::status() const {
    using State = LockStep::State;
    const State state = lock_step_.state();
    Answer answer;
    answer.begin_object().member("state", kStateNames[static_cast<u32>(state)]).member(
        "kind", lock_step_.is_of_slabs_alone() ? "slabTrace" : name_of(lock_step_.kind()));
    put_files(answer, lock_step_);
    answer.member("bytesRead", lock_step_.bytes_read()).member("bytesTotal", lock_step_.bytes_total());
    put_machine(answer, lock_step_.machine());
    put_kernels(answer);
    if (state == State::waiting) answer.member("missing", lock_step_.missing());
    if (state == State::failed) {
        const CaptureFile& file = lock_step_.file(lock_step_.failed_part());
        answer.key("failure").begin_object().member("file", file.name).key("problem").value(lock_step_.failure(), file.text).end_object();
    }
    if (state == State::finished) put_outcome(answer, lock_step_.outcome());
    return answer.end_object().text();
}

}  // namespace mmscope
