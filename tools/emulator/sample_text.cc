#include "emulator/sample_text.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>

namespace emulator {
namespace {

constexpr std::string_view kWords[] = {
    "order",     "customer",  "invoice",   "payment",  "amount",    "region",    "country",   "product",  "price",
    "quantity",  "currency",  "discount",  "status",   "event",     "session",   "user",      "account",  "balance",
    "campaign",  "click",     "device",    "page",     "visit",     "cart",      "shipment",  "carrier",  "warehouse",
    "stock",     "supplier",  "item",      "category", "brand",     "store",     "channel",   "segment",  "score",
    "churn",     "feature",   "label",     "model",    "forecast",  "target",    "error",     "sensor",   "reading",
    "machine",   "plant",     "batch",     "lot",      "quality",   "defect",    "ticket",    "agent",    "queue",
    "contract",  "tariff",    "meter",     "usage",    "period",    "margin",    "cost",      "revenue",  "budget",
    "employee",  "team",      "project",   "hour",     "rate",      "claim",     "policy",    "premium",  "risk",
    "portfolio", "trade",     "position",  "quote",    "market",    "exchange",  "volume",    "patient",  "visitation",
    "diagnosis", "dose",      "trial",     "site",     "vehicle",   "trip",      "driver",    "route",    "stop",
    "passenger", "delay",     "schedule",  "booking",  "room",      "guest",     "review",    "rating",   "message",
    "thread",    "language",  "token",     "document", "section",   "source",    "checksum",  "version",  "snapshot",
    "partition", "bucket",    "threshold", "window",   "aggregate", "dimension", "fact",      "lookup",   "mapping",
    "reference", "hierarchy", "calendar",  "holiday",  "fiscal",    "quarter",   "milestone", "postcode", "latitude",
    "longitude", "altitude",  "signal",    "channel",  "frequency", "baseline",  "residual",  "outlier",  "cohort"};
constexpr std::string_view kTopics[] = {"sales",    "billing", "crm",       "logistics", "marketing", "web",
                                        "finance",  "hr",      "inventory", "support",   "iot",       "risk",
                                        "research", "pricing", "claims",    "telemetry", "bronze",    "silver",
                                        "gold",     "staging", "raw",       "curated"};
constexpr std::string_view kVerbs[] = {"load",     "clean",    "merge",  "enrich",  "score",   "export",
                                       "validate", "report",   "ingest", "explore", "train",   "join",
                                       "dedupe",   "backfill", "check",  "parse",   "publish", "refresh"};
constexpr std::string_view kFirst[] = {"ana",  "bob",   "chen",  "dora", "emil", "farid", "grace",
                                       "hugo", "ines",  "jan",   "kai",  "lena", "marta", "nils",
                                       "olga", "pavel", "quinn", "rosa", "sven", "tara"};
constexpr std::string_view kLast[] = {"lima",  "mueller", "wang",  "novak",  "okafor", "rossi", "santos", "tanaka",
                                      "silva", "weber",   "kowal", "larsen", "moreau", "patel", "ruiz",   "schmidt"};
constexpr std::string_view kSentences[] = {
    "Runs after the nightly load; late files are picked up by the next run.",
    "Please do not change the column names, the dashboards downstream depend on them.",
    "The source system sends corrections for up to three days, so the last partitions are written again.",
    "Agreed with the business in the March review, see the ticket for the discussion.",
    "Rows without a key are kept apart and reported once a week.",
    "This used to be a single query; it ran out of memory on the largest tenants.",
    "Values are in the currency of the account, not in euro.",
    "Only the columns that are needed are read, which halves the time.",
    "Tested with a sample of one percent before it was switched on.",
    "The old table stays readable until every consumer has moved."};

// {t} a table, {c} a column, {f} a function's name, {w} a word, {n} a number, {d} a day, {s} a sentence.
constexpr std::string_view kSql[] = {
    "SELECT\n  {c},\n  {c},\n  count(*) AS rows,\n  sum({c}) AS total_{w}\nFROM {t}\nWHERE {c} >= '{d}'\n  AND {c} IS "
    "NOT "
    "NULL\nGROUP BY {c}, {c}\nORDER BY total_{w} DESC\nLIMIT {n}",
    "CREATE OR REPLACE TEMP VIEW {f} AS\nSELECT a.{c}, a.{c}, b.{c}, coalesce(b.{c}, 0) AS {w}\nFROM {t} a\nLEFT JOIN "
    "{t} "
    "b\n  ON a.{c} = b.{c}\n  AND a.{c} BETWEEN '{d}' AND '{d}'",
    "MERGE INTO {t} AS target\nUSING {f} AS source\nON target.{c} = source.{c}\nWHEN MATCHED AND source.{c} > "
    "target.{c} "
    "THEN UPDATE SET *\nWHEN NOT MATCHED THEN INSERT *",
    "OPTIMIZE {t} ZORDER BY ({c}, {c});\nANALYZE TABLE {t} COMPUTE STATISTICS FOR COLUMNS {c}, {c}",
    "WITH ranked AS (\n  SELECT *, row_number() OVER (PARTITION BY {c} ORDER BY {c} DESC) AS place\n  FROM {t}\n  "
    "WHERE {c} "
    "<> '{w}'\n)\nSELECT {c}, {c}, {c}\nFROM ranked\nWHERE place = 1 AND {c} > {n}",
    "SELECT date_trunc('month', {c}) AS month,\n       percentile_approx({c}, 0.5) AS median_{w},\n       avg({c}) AS "
    "mean_{w}\nFROM {t}\nGROUP BY 1\nHAVING count(*) > {n}\nORDER BY 1"};
constexpr std::string_view kPython[] = {
    "from pyspark.sql import functions as F\nfrom pyspark.sql.window import Window\n\ndbutils.widgets.text(\"{w}\", "
    "\"{d}\")\n{w} = dbutils.widgets.get(\"{w}\")",
    "df = (\n    spark.table(\"{t}\")\n    .where(F.col(\"{c}\") >= F.lit(\"{d}\"))\n    .withColumn(\"{c}\", "
    "F.col(\"{c}\") * F.col(\"{c}\"))\n    .groupBy(\"{c}\", \"{c}\")\n    .agg(F.sum(\"{c}\").alias(\"total_{w}\"), "
    "F.countDistinct(\"{c}\").alias(\"{w}_count\"))\n)\ndisplay(df)",
    "def {f}(frame, {c}, limit={n}):\n    \"\"\"{s}\"\"\"\n    window = "
    "Window.partitionBy({c}).orderBy(F.desc(\"{c}\"))\n "
    "   ranked = frame.withColumn(\"place\", F.row_number().over(window))\n    return ranked.where(F.col(\"place\") <= "
    "limit).drop(\"place\")",
    "result = {f}(df, \"{c}\")\n# {s}\nresult.write.mode(\"overwrite\").option(\"replaceWhere\", \"{c} >= "
    "'{d}'\").saveAsTable(\"{t}\")",
    "for {w} in [\"{w}\", \"{w}\", \"{w}\"]:\n    rows = spark.table(\"{t}\").where(F.col(\"{c}\") == {w}).count()\n   "
    " "
    "print(f\"{{w}}: {rows} rows\")\n    if rows < {n}:\n        raise ValueError(f\"too few rows for {{w}}\")",
    "schema = \"{c} BIGINT, {c} STRING, {c} DOUBLE, {c} TIMESTAMP\"\nraw = "
    "spark.read.schema(schema).option(\"header\", "
    "True).csv(\"/mnt/landing/{w}/{d}\")\nraw.createOrReplaceTempView(\"{f}\")",
    "pdf = df.limit({n}).toPandas()\npdf[\"{c}\"] = pdf[\"{c}\"].fillna(0).clip(lower=0)\nax = pdf.plot(x=\"{c}\", "
    "y=\"{c}\", kind=\"bar\", figsize=(12, 4))\nax.set_title(\"{w} by {w}\")",
    "X = features[[\"{c}\", \"{c}\", \"{c}\", \"{c}\"]]\ny = features[\"{c}\"]\nmodel = "
    "GradientBoostingRegressor(n_estimators={n}, max_depth=4, random_state={n})\nmodel.fit(X, y)\nprint(\"r2\", "
    "round(model.score(X, y), 3))"};
constexpr std::string_view kScala[] = {
    "import org.apache.spark.sql.functions._\n\nval {f} = spark.table(\"{t}\")\n  .filter(col(\"{c}\") >= "
    "lit(\"{d}\"))\n "
    " .groupBy(\"{c}\")\n  .agg(sum(\"{c}\").as(\"total_{w}\"))\ndisplay({f})",
    "case class {f}({c}: Long, {c}: String, {c}: Double)\n\ndef {f}(rows: Seq[Row]): Double = {\n  // {s}\n  "
    "rows.map(_.getAs[Double](\"{c}\")).sum / math.max(rows.size, {n})\n}"};
constexpr std::string_view kR[] = {
    "library(SparkR)\nlibrary(dplyr)\n\n{f} <- sql(\"SELECT {c}, {c}, {c} FROM {t} WHERE {c} >= '{d}'\") %>% collect()",
    "fit <- lm({c} ~ {c} + {c}, data = {f})\nsummary(fit)\n# {s}\nplot({f}${c}, {f}${c}, main = \"{w}\", xlim = c(0, "
    "{n}))"};
constexpr std::string_view kMarkdown[] = {
    "%md\n## {f}\n\n{s} {s}\n\n* `{c}`: {s}\n* `{c}`: {s}", "%md\n### Step: {w} per {w}\n{s}",
    "%md\n# {w} {w}\n\n| column | meaning |\n| --- | --- |\n| `{c}` | {s} |\n| `{c}` | {s} |\n| `{c}` | {s} |"};

struct Dialect {
  const char* language;
  std::string_view comment;
  const std::string_view* templates;
  size_t count;
};
constexpr Dialect kDialects[] = {{"PYTHON", "#", kPython, std::size(kPython)},
                                 {"SQL", "--", kSql, std::size(kSql)},
                                 {"SCALA", "//", kScala, std::size(kScala)},
                                 {"R", "#", kR, std::size(kR)}};

const Dialect& DialectOf(uint64_t seed) {
  SampleRandom random(seed ^ 0x6c616e67);
  const size_t part = random.Below(100);
  return kDialects[part < 62 ? 0 : part < 87 ? 1 : part < 95 ? 2 : 3];
}

// About log-normal: 4 KB in the middle, 40 KB at the hundredth. Without the machine's own logarithms.
size_t LengthOf(SampleRandom& random) {
  int64_t sum = 0;  // of twelve parts of 4096: nearly normal, around 6 * 4096
  for (int i = 0; i < 12; ++i) sum += static_cast<int64_t>(random.Below(4096));
  const int64_t exponent = (sum - 6 * 4096) * 145 / 100 + 20 * 4096;  // in 4096ths, 20 above
  const size_t whole = static_cast<size_t>(exponent / 4096), part = static_cast<size_t>(exponent % 4096);
  return ((size_t{4096} << whole) + ((size_t{4096} << whole) / 4096) * part) >> 20;
}

// What one notebook is about: its tables, columns and functions come again and again.
class Writer {
 public:
  Writer(uint64_t seed, const Dialect& dialect) : random_(seed), dialect_(dialect) {
    for (std::string& table : tables_)
      table.append(SampleTopic(random_)).append(".").append(Word()).append("_").append(Word());
    for (std::string& column : columns_)
      column = random_.Chance(30) ? std::string(Word()) : std::string(Word()) + "_" + std::string(Word());
    for (std::string& name : names_) name.append(SampleVerb(random_)).append("_").append(Word());
  }

  std::string Write() {
    const size_t length = LengthOf(random_);
    text_.reserve(length + 1024);
    text_.append(dialect_.comment).append(" Databricks notebook source\n");
    while (true) {
      WriteCell();
      if (text_.size() >= length) break;
      text_.append("\n\n").append(dialect_.comment).append(" COMMAND ----------\n\n");
    }
    text_ += '\n';
    return std::move(text_);
  }

 private:
  std::string_view Word() { return SampleWord(random_); }

  void WriteCell() {
    if (random_.Chance(12)) {
      text_.append(dialect_.comment).append(" DBTITLE 1,").append(SampleVerb(random_)).append(" ").append(Word()) +=
          '\n';
    }
    if (random_.Chance(18)) return WriteMagic(kMarkdown[random_.Below(std::size(kMarkdown))]);
    if (dialect_.templates != kSql && random_.Chance(10)) {
      return WriteMagic("%sql\n" + std::string(kSql[random_.Below(std::size(kSql))]));
    }
    Expand(dialect_.templates[random_.Below(dialect_.count)]);
    while (random_.Chance(40)) {
      text_.append("\n\n")
          .append(dialect_.comment)
          .append(" ")
          .append(kSentences[random_.Below(std::size(kSentences))]) += '\n';
      Expand(dialect_.templates[random_.Below(dialect_.count)]);
    }
  }

  void WriteMagic(std::string_view pattern) {
    std::string outside;
    outside.swap(text_);
    Expand(pattern);
    std::string_view rest = text_;
    while (true) {
      const size_t end = rest.find('\n');
      outside.append(dialect_.comment)
          .append(" MAGIC")
          .append(end == 0 || rest.empty() ? "" : " ")
          .append(rest.substr(0, end));
      if (end == std::string_view::npos) break;
      outside += '\n';
      rest.remove_prefix(end + 1);
    }
    text_ = std::move(outside);
  }

  void Expand(std::string_view pattern) {
    while (!pattern.empty()) {
      const size_t open = pattern.find('{');
      text_.append(pattern.substr(0, open));
      if (open == std::string_view::npos) return;
      pattern.remove_prefix(open);
      if (pattern.size() < 3 || pattern[2] != '}') {  // a brace of the code
        text_ += '{';
        pattern.remove_prefix(1);
        continue;
      }
      Fill(pattern[1]);
      pattern.remove_prefix(3);
    }
  }

  void Fill(char what) {
    switch (what) {
      case 't':
        text_ += tables_[random_.SkewedBelow(tables_.size())];
        break;
      case 'c':
        text_ += columns_[random_.SkewedBelow(columns_.size())];
        break;
      case 'f':
        text_ += names_[random_.SkewedBelow(names_.size())];
        break;
      case 'w':
        text_.append(Word());
        break;
      case 'n':
        text_ += std::to_string(random_.Chance(50) ? 10 * (1 + random_.Below(100)) : random_.Below(100000));
        break;
      case 'd': {
        const size_t month = 1 + random_.Below(12), day = 1 + random_.Below(28);
        text_ += std::to_string(2019 + random_.Below(7)) + (month < 10 ? "-0" : "-") + std::to_string(month) +
                 (day < 10 ? "-0" : "-") + std::to_string(day);
        break;
      }
      default:
        text_.append(kSentences[random_.Below(std::size(kSentences))]);
    }
  }

  SampleRandom random_;
  const Dialect& dialect_;
  std::array<std::string, 5> tables_;
  std::array<std::string, 12> columns_;
  std::array<std::string, 5> names_;
  std::string text_;
};

}  // namespace

uint64_t SampleRandom::Next() {
  uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
  return z ^ z >> 31;
}

size_t SampleRandom::SkewedBelow(size_t count) {
  const size_t one = Below(count), other = Below(count);
  return std::min(one, other);
}

std::string_view SampleWord(SampleRandom& random) { return kWords[random.SkewedBelow(std::size(kWords))]; }
std::string_view SampleTopic(SampleRandom& random) { return kTopics[random.Below(std::size(kTopics))]; }
std::string_view SampleVerb(SampleRandom& random) { return kVerbs[random.Below(std::size(kVerbs))]; }

std::string SampleUserName(size_t number) {
  std::string name(kFirst[number % std::size(kFirst)]);
  name.append(".").append(kLast[number / std::size(kFirst) % std::size(kLast)]);
  const size_t round = number / std::size(kFirst) / std::size(kLast);
  if (round > 0) name += std::to_string(round);
  return name + "@example.com";
}

const char* SampleLanguage(uint64_t seed) { return DialectOf(seed).language; }
std::string SampleNotebookText(uint64_t seed) { return Writer(seed, DialectOf(seed)).Write(); }

}  // namespace emulator
