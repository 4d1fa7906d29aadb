#include "api/capture_tlb.h"

#include <algorithm>

#include "api/answer.h"

namespace mmscope {
namespace {

constexpr const char* kKindNames[] = {"fetches", "loads", "stores", "modifies"};
static_assert(std::size(kKindNames) == kMemoryReferenceKinds);

void put_oddities(Answer& answer, const char* name, const LackeyReader::Oddities& oddities) {
    answer.key(name).begin_object().member("count", oddities.count);
    if (oddities.count != 0) answer.member("line", oddities.first.line).member("message", oddities.first.message);
    answer.end_object();
}

void put_report(Answer& answer, const TlbReport& report) {
    answer.member("references", report.references).key("kinds").begin_array();
    for (u32 kind = 0; kind < kMemoryReferenceKinds; ++kind)
        answer.begin_object().member("name", kKindNames[kind]).member("count", report.by_kind[kind]).end_object();
    answer.end_array().key("levels").begin_array();
    for (const TlbReport::Level& level : report.levels) {
        answer.begin_object().member("name", level.name).member("accesses", level.accesses);
        answer.member("hits", level.hits).member("misses", level.misses).end_object();
    }
    answer.end_array().member("walks", report.walks).key("begun").begin_array();
    for (const TlbReport::Begun& begun : report.begun)
        answer.begin_object().member("level", begun.level).member("walks", begun.walks).end_object();
    answer.end_array().member("entriesRead", report.entries_read).member("cycles", report.cycles());
    answer.member("l2Cycles", report.l2_cycles).member("walkCycles", report.walk_cycles);
}

}  // namespace

std::string TlbPlay::begin(std::string_view geometry, std::string_view page_size) {
    const Result<TlbGeometry> read = read_tlb_geometry(geometry);
    if (!read) {
        Answer answer;
        answer.value(read.error(), geometry);
        return answer.text();
    }
    const auto size = std::find(std::begin(kPageSizeNames), std::end(kPageSizeNames), page_size);
    trace_.emplace(*read, static_cast<PageSize>((size - std::begin(kPageSizeNames)) % kPageSizes));
    return "null";
}

std::string TlbPlay::status() const {
    Answer answer;
    answer.begin_object();
    if (trace_) {
        answer.member("geometry", trace_->tlb().geometry().text());
        answer.member("pageSize", kPageSizeNames[static_cast<u32>(trace_->page_size())]);
        put_report(answer, trace_->report());
        put_oddities(answer, "torn", trace_->reader().torn());
        put_oddities(answer, "foreign", trace_->reader().foreign());
    }
    return answer.end_object().text();
}

std::string tlb_choices() {
    Answer answer;
    answer.begin_object().key("cpus").begin_array();
    for (const NamedTlbGeometry& one : tlb_geometries())
        answer.begin_object().member("name", one.name).member("geometry", one.text).end_object();
    answer.end_array().member("usual", kUsualTlb).key("pageSizes").begin_array();
    for (const std::string_view name : kPageSizeNames) answer.value(name);
    return answer.end_array().end_object().text();
}

}  // namespace mmscope
