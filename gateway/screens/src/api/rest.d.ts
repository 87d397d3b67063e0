// Made by `make types` from what the gateway says of itself; not to be changed by hand.

export interface paths {
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Healthz
         * @description 200 while the process lives.
         */
        get: operations["healthz_healthz_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Readyz
         * @description 200 when all is well, else 503 with the reasons.
         */
        get: operations["readyz_readyz_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics
         * @description The process's own figures for Prometheus, and with `indices=1` those of indices.
         */
        get: operations["metrics_metrics_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/indices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Indices
         * @description All indices with their main figures, by id.
         */
        get: operations["list_indices_v1_indices_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/indices/{index}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Index
         * @description One index in full: its row, its definition, the whole newest snapshot (null before the
         *     first), the level of the last quarter of an hour.
         */
        get: operations["read_index_v1_indices__index__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/indices/{index}/composition": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Composition
         * @description What one index holds now: weights, targets, prices, contributions to today's return; and
         *     what it held at each rebalance, the newest first; and what happens to these coins.
         */
        get: operations["read_composition_v1_indices__index__composition_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/indices/{index}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read History
         * @description Candles of an index's level, or of an asset's price: open, high, low, close, peak by the time
         *     at which each begins; the last one may be open still. With `figures` those, as of the ends of
         *     hours or days, and as of now.
         *
         *     Seconds are kept for a day, minutes for 90, hours and days for ever; a step is a multiple of one
         *     of them, and one that fits the time if not given. Figures are kept at the ends of hours for 90
         *     days, and of days for ever. Times of which there is nothing of this step any more are told under
         *     `missing`, and in at most 20 parts in the header Tidegauge-Missing. No candle is made of a part
         *     of its time, but where in the first seconds after a start the newest are not known yet.
         */
        get: operations["read_history_v1_indices__index__history_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Compare
         * @description Several indices or assets over the time that all of them have: returns, volatility,
         *     drawdowns, and for each pair correlation and beta.
         *
         *     Returns are simple ones of bars; a bar that a series has no price in gives none. Sharpe ratios
         *     are above the `risk_free` told of each: that of its definition, of an asset the first index's.
         *     Who bounds the common time is named, and how much of each history it leaves unused. With
         *     `window` also the closes that all have, and rolling figures.
         */
        get: operations["compare_v1_compare_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Alerts
         * @description Episodes of alerts: a firing and its resolution, how the figure stands now, who sees to it
         *     and until when it is silenced. The newest first; with `open=true` what must wake somebody before
         *     warning signs, and the worst first.
         */
        get: operations["list_alerts_v1_alerts_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts/{episode}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Episode
         * @description One episode in full.
         */
        get: operations["get_episode_v1_alerts__episode__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/silences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Silences
         * @description What is to be quiet now or later; those that end first before the others.
         */
        get: operations["list_silences_v1_silences_get"];
        put?: never;
        /**
         * Add Silence
         * @description Keep alerts quiet for a time: notifiers tell nothing of them. What still fires when it is
         *     over is told then. Screens show the episodes all the same.
         */
        post: operations["add_silence_v1_silences_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/silences/{silence}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete Silence
         * @description End a silence now. What still fires is told.
         */
        delete: operations["delete_silence_v1_silences__silence__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts/{episode}/acknowledgement": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Acknowledge Episode
         * @description Say that somebody sees to an episode that fires: it is neither repeated nor escalated.
         */
        post: operations["acknowledge_episode_v1_alerts__episode__acknowledgement_post"];
        /**
         * Take Back Acknowledgement
         * @description Take an acknowledgement back; the answer is the one that held. The episode is told again
         *     while it fires.
         */
        delete: operations["take_back_acknowledgement_v1_alerts__episode__acknowledgement_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Rules
         * @description What rings of each index by its definition, whether it does now, and when it did last.
         *     Warning signs (`flags`) ring of every index; their episodes are at /v1/alerts.
         */
        get: operations["list_rules_v1_rules_get"];
        put?: never;
        /**
         * Add Rule
         * @description Add a rule to an index, behind the log's last price. It is in the log's definition from there
         *     on, with who added it; an index file that is defined again without it removes it.
         */
        post: operations["add_rule_v1_rules_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rules/{index}/{rule}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One Rule
         * @description A rule as the index's definition has it. Its ETag changes when it does; given as `If-Match`
         *     of a change, it keeps that from undoing somebody else's.
         */
        get: operations["one_rule_v1_rules__index___rule__get"];
        /**
         * Change Rule
         * @description Put another rule in the place of one. An episode that is open goes on where name, figure,
         *     side and limit stay; else it ends with the reason `rule_removed`.
         */
        put: operations["change_rule_v1_rules__index___rule__put"];
        post?: never;
        /**
         * Remove Rule
         * @description Remove a rule, a depth of drawdown or a target. An episode that is open ends with the reason
         *     `rule_removed`.
         */
        delete: operations["remove_rule_v1_rules__index___rule__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rules/backtest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Backtest
         * @description When a rule would have rung, how long, how deep, and what came after. It is the engine
         *     itself over the kept prices, so what a defined rule says here is what it said then.
         */
        post: operations["backtest_v1_rules_backtest_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rank": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Rank
         * @description All indices in the order of a profile, with what each figure contributes. Indices whose
         *     history is shorter than the longest one are named as `unequal`; with `common=true` all are
         *     judged over the same time.
         */
        get: operations["rank_v1_rank_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reports/{ids}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Report
         * @description A report of one index, or of several side by side: figures with their errors, level and
         *     underwater, months by years, what is drawn over time, the distribution of returns, regimes,
         *     drawdowns, benchmarks, composition and turnover, alarms, quality, definitions.
         *
         *     Without `from` and `to` its figures are those of `/v1/indices/{id}`, over the whole history;
         *     with them, what the engine makes of the daily closes of the level in that time, beside the
         *     figures of the whole history until then. The page keeps up with the stream.
         */
        get: operations["read_report_v1_reports__ids__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/venues": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Venues
         * @description The venues behind the prices: which assets each prices, and which of its sources are left
         *     out and why, as the newest snapshots have it; and where this process hears the venues itself,
         *     how: silences, gaps, backfills.
         */
        get: operations["list_venues_v1_venues_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/definitions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Definitions
         * @description How every index and every figure is defined; the profiles of rankings; and the reasons for
         *     which figures are null, in words.
         */
        get: operations["read_definitions_v1_definitions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/what-if": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What If
         * @description The figures that an index would have, had it been defined before: its definition is put
         *     through the same engine with the closes of kept bars, so that the answer is what `tidegauge
         *     replay` says of these prices. At most 20,000 instants, a million prices, and thirty seconds.
         */
        post: operations["what_if_v1_what_if_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/schemas": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Schemas
         * @description The records of the log, and the messages of the stream (`stream.…`), by name.
         */
        get: operations["list_schemas_v1_schemas_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/schemas/{record}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Schema
         * @description The JSON Schema of a record as it stands in the log, where times are int ns; or of a message
         *     of the stream, where they are text.
         */
        get: operations["read_schema_v1_schemas__record__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/problems": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Problems
         * @description All kinds of problems that an answer may be, and what to do about each.
         */
        get: operations["list_problems_v1_problems_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/problems/{kind}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Problem
         * @description A kind of problem: what the `type` of an answer leads to.
         */
        get: operations["read_problem_v1_problems__kind__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Session
         * @description Who asks, as the gateway sees it: what a page may offer.
         */
        get: operations["session_v1_session_get"];
        put?: never;
        /**
         * Begin
         * @description Begin a session with a key: the answer sets a cookie that no script can read. The form of
         *     /login sends it as a form, and is sent on to the page.
         */
        post: operations["begin_v1_session_post"];
        /**
         * End
         * @description End the session.
         */
        delete: operations["end_v1_session_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * AcknowledgementAsked
         * @description That somebody sees to an episode.
         */
        AcknowledgementAsked: {
            /**
             * Comment
             * @description Why.
             * @default
             * @example known
             */
            comment: string;
            /**
             * Who
             * @description Who says so, where a key is used by several; the key's name goes with it.
             * @example ada
             */
            who?: string | null;
        };
        /**
         * AcknowledgementModel
         * @description Somebody sees to an episode: it is neither repeated nor escalated.
         */
        AcknowledgementModel: {
            /** Episode */
            episode: string;
            /**
             * Who
             * @example ada
             */
            who: string;
            /**
             * Comment
             * @example known, the feed is being upgraded
             */
            comment: string;
            /**
             * At
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            at: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * AlertRecord
         * @description An alert as it stands in the log: a firing, or its resolution.
         */
        AlertRecord: {
            /** Id */
            id: string;
            /**
             * Episode
             * @description Joins a firing with its resolution.
             */
            episode: string;
            /**
             * Seq
             * @description Counts the index's alerts without holes.
             */
            seq: number;
            /**
             * Index
             * @description The id of the index.
             * @example TOP3
             */
            index: string;
            /**
             * Kind
             * @example drawdown
             */
            kind: string;
            /**
             * Rule
             * @example drawdown>=0.10
             */
            rule: string;
            /**
             * State
             * @enum {string}
             */
            state: "firing" | "resolved";
            /**
             * Severity
             * @example warning
             */
            severity?: string | null;
            /** Origin */
            origin?: ("live" | "backfill" | "replay") | null;
            /** Level */
            level?: number | null;
            /** Peak */
            peak?: number | null;
            /** Drawdown */
            drawdown?: number | null;
            /**
             * At
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            at: string;
            /** Peak At */
            peak_at?: string | null;
            /** Disputed */
            disputed?: boolean | null;
            because?: components["schemas"]["Because"] | null;
            /**
             * Evidence
             * @description The numbers of a flag or target.
             */
            evidence?: {
                [key: string]: string | number | boolean | (string | number | boolean | null)[] | {
                    [key: string]: string | number | boolean | null;
                } | null;
            } | null;
            /**
             * Reason
             * @example rule_removed
             */
            reason?: string | null;
            receipt?: components["schemas"]["ReceiptModel"] | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * Alive
         * @description The process lives.
         */
        Alive: {
            /** Alive */
            alive: boolean;
        } & {
            [key: string]: unknown;
        };
        /**
         * AssetEvent
         * @description One coin becomes `ratio` coins of `becomes`, or of itself where that is null.
         */
        AssetEvent: {
            /**
             * At
             * Format: date-time
             * @description It takes effect behind the prices of this instant.
             * @example 2026-11-27T12:00:00.25Z
             */
            at: string;
            /**
             * Asset
             * @example MATIC
             */
            asset: string;
            /**
             * Becomes
             * @description Null of a redenomination.
             * @example POL
             */
            becomes: string | null;
            /**
             * Ratio
             * @description New coins for one old.
             * @example 1
             */
            ratio: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * AssetEvidence
         * @description What an asset's price was made of when the alert came.
         */
        AssetEvidence: {
            /** Price */
            price?: number | null;
            /**
             * Weight
             * @description Its share of the index.
             * @example 0.5
             */
            weight?: number | null;
            /**
             * Used
             * @default []
             * @example [
             *       "binance:BTCUSDT"
             *     ]
             */
            used: string[];
            /**
             * Left Out
             * @description Source, and why it was not used.
             * @default {}
             * @example {
             *       "kraken:BTC/USD": "stale"
             *     }
             */
            left_out: {
                [key: string]: string;
            };
            /**
             * Seen
             * @description What each of them said when it was told last who makes the price.
             */
            seen?: {
                [key: string]: components["schemas"]["SourceSeen"];
            } | null;
            /**
             * At
             * @description When that was.
             */
            at?: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * AssetLeftOut
         * @description A source that does not price the asset.
         */
        AssetLeftOut: {
            /**
             * Source
             * @example okx:BTC-USDT
             */
            source: string;
            /**
             * Reason
             * @example stale
             */
            reason: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * AssetSources
         * @description Who prices an asset, and who is left out and why.
         */
        AssetSources: {
            /**
             * Asset
             * @description As the indices name it; null for sources of which that is not known.
             * @example BTC
             */
            asset: string | null;
            /**
             * Used
             * @example [
             *       "binance:BTCUSDT",
             *       "kraken:BTC/USD"
             *     ]
             */
            used: string[];
            /** Excluded */
            excluded: components["schemas"]["AssetLeftOut"][];
            /**
             * Indices
             * @description In how many indices.
             * @example 3
             */
            indices: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * BackfillFeed
         * @description What became of missed trades, since the start.
         */
        BackfillFeed: {
            /**
             * Gaps
             * @description Seen; those without two ids in order cannot be asked for.
             */
            gaps: number;
            /**
             * Waiting
             * @description To be filled, that in work included.
             */
            waiting: number;
            /** Filled */
            filled: number;
            /**
             * Partial
             * @description Of which only the oldest trades came.
             */
            partial: number;
            /** Failed */
            failed: number;
            /**
             * Dropped
             * @description Let go while they waited.
             */
            dropped: number;
            /**
             * Trades
             * @description That came.
             */
            trades: number;
            /** Requests */
            requests: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * BacktestAnswer
         * @description When the rule would have rung.
         */
        BacktestAnswer: {
            /** Fired */
            fired: number;
            /**
             * Threshold
             * @description The limit that `at_most` asks for.
             */
            threshold: number | null;
            /**
             * Since
             * @description When the first of its indices, or the log, began.
             */
            since: string | null;
            /**
             * Until
             * @description The end of what it was tried over.
             */
            until: string | null;
            /** Episodes */
            episodes: components["schemas"]["RungModel"][];
        } & {
            [key: string]: unknown;
        };
        /**
         * BacktestAsked
         * @description A rule to try, by its name or as a line; and how often it may ring.
         */
        BacktestAsked: {
            /**
             * Rule
             * @description The name of a rule that is defined, or one in a line.
             * @example returns.1h below -0.05 for 10m clear -0.03
             */
            rule: string;
            /**
             * Index
             * @description Of these alone; of all if empty.
             * @default []
             */
            index: string[];
            /**
             * At Most
             * @description Find the mildest limit that rings at most so often.
             */
            at_most?: number | null;
        };
        /**
         * Because
         * @description What an alert rests on.
         */
        Because: {
            /**
             * Words
             * @description One sentence for people.
             * @example TOP3 fell 10.4 % since 14:03: BTC −6.1, ETH −3.2, SOL −1.1
             */
            words?: string | null;
            /** Status */
            status?: string | null;
            /**
             * Contributions
             * @description What each asset brought to the fall since the peak; they sum to it.
             * @example {
             *       "BTC": -0.061,
             *       "ETH": -0.032,
             *       "SOL": -0.011
             *     }
             */
            contributions?: {
                [key: string]: number;
            } | null;
            /**
             * Sources
             * @description By asset.
             */
            sources?: {
                [key: string]: components["schemas"]["AssetEvidence"];
            } | null;
            drawdown_bounds?: components["schemas"]["DrawdownBounds"] | null;
            /** Clusters */
            clusters?: {
                [key: string]: components["schemas"]["ClusterModel"][];
            } | null;
            /** Figure */
            figure?: string | null;
            /** Value */
            value?: number | string | string[] | null;
            /** Limit */
            limit?: number | string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * CandleColumns
         * @description Columns of equal length.
         */
        CandleColumns: {
            /**
             * At
             * @description When each candle begins; it stands for (at, at + step].
             */
            at: string[];
            /** Open */
            open: number[];
            /** High */
            high: number[];
            /** Low */
            low: number[];
            /** Close */
            close: number[];
            /**
             * Peak
             * @description The highest so far; null of an asset that had prices before this was kept.
             */
            peak: (number | null)[];
        } & {
            [key: string]: unknown;
        };
        /**
         * CardExample
         * @description A figure worked by hand.
         */
        CardExample: {
            /** Series */
            series: string;
            /** Path */
            path: string;
            /** Value */
            value: string | number | boolean | string[] | null;
            /** Worked */
            worked: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * ClusterModel
         * @description Sources of an asset that agree while others do not, and the level by their price.
         */
        ClusterModel: {
            /** Price */
            price?: number | null;
            /**
             * Share
             * @description Of the volume of all that are fresh.
             */
            share?: number | null;
            /**
             * Sources
             * @default []
             */
            sources: string[];
            /** Level */
            level?: number | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * ComparedOverTime
         * @description The closes at the ends of bars that all have one at, the newest 4,000 of them.
         */
        ComparedOverTime: {
            /** At */
            at: string[];
            /**
             * Closes
             * @description By series.
             */
            closes: {
                [key: string]: number[];
            };
            rolling: components["schemas"]["RollingFigures"];
        } & {
            [key: string]: unknown;
        };
        /**
         * ComparedSeries
         * @description One of the series, over the common time, by the closes at its ends of bars.
         */
        ComparedSeries: {
            /**
             * Series
             * @example TOP3
             */
            series: string;
            /**
             * Status
             * @description The status of now: as published, `degraded` where figures come more than 2 s late, `stale` where the newest is more than 10 s old; null before the first snapshot.
             * @example live
             */
            status: ("warming" | "live" | "degraded" | "stale") | null;
            /**
             * First
             * Format: date-time
             * @description Its first bar of all begins then.
             * @example 2026-11-27T12:00:00.25Z
             */
            first: string;
            /**
             * Last
             * Format: date-time
             * @description Its last bar of all ends then.
             * @example 2026-11-27T12:00:00.25Z
             */
            last: string;
            /**
             * Unused Days
             * @description So much longer than the common time its history is, from `from` to `to`.
             * @example 0
             */
            unused_days: number;
            /**
             * N
             * @description Returns of bars within the common time.
             * @example 364
             */
            n: number;
            /**
             * Return
             * @description Over the common time.
             * @example 0.12
             */
            return: number | null;
            /**
             * Annualised
             * @description (1 + return)^(365 / days) − 1; null under 90 days.
             * @example 0.12
             */
            annualised: number | null;
            /**
             * Volatility
             * @description sd(r, ddof 1) · √A, A bars a year of 365 days.
             * @example 0.62
             */
            volatility: number | null;
            /**
             * Sharpe
             * @description (mean(r) − f) / sd(r) · √A, f the risk-free rate of a bar.
             * @example 0.9
             */
            sharpe: number | null;
            /**
             * Risk Free
             * @description Per year: that of its definition, of an asset that of the first index.
             * @example 0.04
             */
            risk_free: number;
            /**
             * Max Drawdown
             * @description The deepest fall of closes.
             * @example 0.38
             */
            max_drawdown: number | null;
            /**
             * Peak At
             * @description The last close at the peak before that fall.
             */
            peak_at: string | null;
            /**
             * Trough At
             * @description The first close at its bottom.
             */
            trough_at: string | null;
            /**
             * Drawdown
             * @description The fall at the last close.
             * @example 0.04
             */
            drawdown: number | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * Comparison
         * @description Several series over their common time.
         */
        Comparison: {
            /**
             * From
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            from: string;
            /**
             * To
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            to: string;
            /**
             * Step
             * @description Seconds of a bar.
             * @example 86400
             */
            step: number;
            /**
             * Limited By
             * @description Whose history begins last (`from`) and ends first (`to`), where the common time is shorter than what was asked for.
             * @example {
             *       "from": [
             *         "NEW2"
             *       ],
             *       "to": []
             *     }
             */
            limited_by: {
                [key: string]: string[];
            };
            /** Series */
            series: components["schemas"]["ComparedSeries"][];
            /** Pairs */
            pairs: components["schemas"]["Pair"][];
            /**
             * Undefined
             * @description For each null its path and the reason; /v1/definitions has these in words.
             * @example {
             *       "risk.var_99": "too_few"
             *     }
             */
            undefined: {
                [key: string]: string;
            };
            /** @description Where `window` asks for it. */
            over_time?: components["schemas"]["ComparedOverTime"] | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * Composition
         * @description What an index holds now, and held at each rebalance, the newest first.
         */
        Composition: {
            /**
             * Index
             * @description The id of the index.
             * @example TOP3
             */
            index: string;
            /**
             * Status
             * @description The status of now: as published, `degraded` where figures come more than 2 s late, `stale` where the newest is more than 10 s old; null before the first snapshot.
             * @example live
             */
            status: ("warming" | "live" | "degraded" | "stale") | null;
            /** Seq */
            seq: number | null;
            /** As Of */
            as_of: string | null;
            composition: components["schemas"]["SnapshotComposition"] | null;
            /**
             * Undefined
             * @description For each null its path and the reason; /v1/definitions has these in words.
             * @example {
             *       "risk.var_99": "too_few"
             *     }
             */
            undefined: {
                [key: string]: string;
            };
            /** Rebalances */
            rebalances: components["schemas"]["Rebalance"][];
            /**
             * Events
             * @description Of these coins, the oldest first.
             */
            events: components["schemas"]["AssetEvent"][];
            /**
             * Next
             * @description Where the rest of the list goes on (`cursor`); null where this is the end.
             */
            next: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * DefinitionTable
         * @description An index as it is defined, defaults filled in; lengths are ns, rates are per year.
         */
        DefinitionTable: {
            /**
             * Name
             * @example Top three
             */
            name: string;
            /**
             * Weights
             * @default {}
             * @example {
             *       "BTC": 0.5,
             *       "ETH": 0.3,
             *       "SOL": 0.2
             *     }
             */
            weights: {
                [key: string]: number;
            };
            /**
             * Weighting
             * @example fixed
             */
            weighting?: string | null;
            /**
             * Rebalance
             * @example monthly
             */
            rebalance?: string | null;
            /**
             * Base Level
             * @example 1000
             */
            base_level?: number | null;
            /**
             * Benchmarks
             * @default []
             * @example [
             *       "BTC"
             *     ]
             */
            benchmarks: string[];
            /**
             * Return Interval
             * @description ns
             * @example 86400000000000
             */
            return_interval?: number | null;
            /**
             * Risk Free
             * @example 0
             */
            risk_free?: number | null;
            /**
             * Target
             * @example risk_free
             */
            target?: number | string | null;
            /** Omega Threshold */
            omega_threshold?: number | null;
            /**
             * Year Days
             * @example 365
             */
            year_days?: number | null;
            /**
             * Ewma Half Life
             * @description ns
             */
            ewma_half_life?: number | null;
            /**
             * Supply
             * @default {}
             */
            supply: {
                [key: string]: number;
            };
            /** Cap Limit */
            cap_limit?: number | null;
            /**
             * Vol Window
             * @description ns
             */
            vol_window?: number | null;
            /**
             * Max Price Age
             * @description ns
             */
            max_price_age?: number | null;
            /**
             * Kinds
             * @default []
             * @example [
             *       "spot"
             *     ]
             */
            kinds: string[];
            /**
             * Alerts
             * @default {}
             * @example {
             *       "drawdown": [
             *         0.05,
             *         0.1
             *       ]
             *     }
             */
            alerts: {
                [key: string]: number[];
            };
            /**
             * Targets
             * @default {}
             * @example {
             *       "sharpe": 1.5
             *     }
             */
            targets: {
                [key: string]: number;
            };
            /**
             * Change
             * @default []
             */
            change: components["schemas"]["PlannedChange"][];
        } & {
            [key: string]: unknown;
        };
        /**
         * Definitions
         * @description How every index and every figure is defined.
         */
        Definitions: {
            /** Indices */
            indices: {
                [key: string]: components["schemas"]["StoredDefinition"];
            };
            /**
             * Metrics
             * @description By path.
             */
            metrics: {
                [key: string]: components["schemas"]["MetricCard"];
            };
            /** Profiles */
            profiles: {
                [key: string]: components["schemas"]["ProfileModel"];
            };
            /**
             * Methods
             * @description The weighting methods, by name.
             */
            methods: {
                [key: string]: components["schemas"]["WeightingMethod"];
            };
            /**
             * Reasons
             * @description Why a figure is null, in words.
             * @example {
             *       "too_few": "too few returns"
             *     }
             */
            reasons: {
                [key: string]: string;
            };
        } & {
            [key: string]: unknown;
        };
        /**
         * Distribution
         * @description The simple returns of bars, counted.
         */
        Distribution: {
            /**
             * Step
             * @description Seconds of a bar.
             * @example 86400
             */
            step: number;
            /**
             * Is Return Interval
             * @description Whether these are the bars that the figures of risk are made of.
             */
            is_return_interval: boolean;
            /** N */
            n: number;
            /**
             * Edges
             * @description Of the bins: one more than counts.
             */
            edges: number[];
            /** Counts */
            counts: number[];
        } & {
            [key: string]: unknown;
        };
        /**
         * DrawdownBounds
         * @description Between what the true drawdown lies where trades are missing; null: not known at all.
         */
        DrawdownBounds: {
            /** Low */
            low: number | null;
            /** High */
            high: number | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * EpisodeList
         * @description Episodes, the newest first. With `open=true` what must wake somebody before warning signs,
         *     the worst first.
         */
        EpisodeList: {
            /** Episodes */
            episodes: components["schemas"]["EpisodeModel"][];
            /**
             * Open
             * @description How many of what was asked for fire now.
             * @example 1
             */
            open: number;
            /**
             * Slow
             * @description How many of these are judged once a day.
             * @example 0
             */
            slow: number;
            /**
             * Since
             * @description Older ones that do not fire are in the log alone; null where all are here.
             */
            since: string | null;
            /**
             * Next
             * @description Where the rest of the list goes on (`cursor`); null where this is the end.
             */
            next: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * EpisodeModel
         * @description A firing, and its resolution if there is one.
         */
        EpisodeModel: {
            /** Episode */
            episode: string;
            /**
             * Index
             * @description The id of the index.
             * @example TOP3
             */
            index: string;
            /**
             * Kind
             * @example drawdown
             */
            kind: string;
            /**
             * Rule
             * @example drawdown>=0.10
             */
            rule: string;
            /**
             * Severity
             * @example warning
             */
            severity: string | null;
            /**
             * Slow
             * @description Whether it is judged once a day, as warning signs and targets are: no reason to wake anybody.
             */
            slow: boolean;
            /**
             * Open
             * @description Whether it fires still.
             */
            open: boolean;
            /**
             * From
             * Format: date-time
             * @description When it fired; if that is not kept, resolved.
             * @example 2026-11-27T12:00:00.25Z
             */
            from: string;
            /**
             * To
             * @description When it resolved; null while it fires.
             */
            to: string | null;
            /**
             * Deepest
             * @description How deep a drawdown went while it fired; null where that is not known.
             * @example 0.14
             */
            deepest: number | null;
            /**
             * Furthest
             * @description How far beyond its limit a rule's figure went while it fired, by published snapshots; null of other kinds, and of what began before this gateway saw any.
             * @example 1.34
             */
            furthest: number | null;
            /**
             * Words
             * @description One sentence of why it fired.
             * @example TOP3 fell 10.4 % since 14:03
             */
            words: string | null;
            /**
             * Figure
             * @description The path in the snapshot that it is about.
             * @example drawdown.current
             */
            figure: string | null;
            /**
             * Then
             * @description The figure's value at the firing.
             */
            then: number | string | null;
            now: components["schemas"]["EpisodeNow"];
            /** @description Who sees to it. */
            acknowledged: components["schemas"]["AcknowledgementModel"] | null;
            /** @description The silence that keeps it quiet now, of several the one that ends last. */
            silenced: components["schemas"]["SilenceModel"] | null;
            /** @description Null where it is kept no more. */
            firing: components["schemas"]["AlertRecord"] | null;
            resolved: components["schemas"]["AlertRecord"] | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * EpisodeNow
         * @description The index now, whatever the episode was.
         */
        EpisodeNow: {
            /**
             * Status
             * @description The status of now: as published, `degraded` where figures come more than 2 s late, `stale` where the newest is more than 10 s old; null before the first snapshot.
             * @example live
             */
            status: ("warming" | "live" | "degraded" | "stale") | null;
            /** As Of */
            as_of: string | null;
            /** Level */
            level: number | null;
            /**
             * Drawdown
             * @description Its depth now.
             * @example 0.08
             */
            drawdown: number | null;
            /**
             * Value
             * @description The episode's figure now; null where it is undefined or no single value.
             */
            value: number | string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * FigureColumns
         * @description Columns of equal length: `at`, and each figure that was asked for under its path.
         */
        FigureColumns: {
            /** At */
            at: string[];
        } & {
            [key: string]: (number | string | boolean | null)[];
        };
        /**
         * FigurePoints
         * @description Figures over time, thinned; one that never changed has a single value.
         */
        FigurePoints: {
            /** At */
            at: string[];
            /**
             * Columns
             * @description By path.
             */
            columns: {
                [key: string]: (number | null)[];
            };
        } & {
            [key: string]: unknown;
        };
        /**
         * Flag
         * @description A warning sign that is up.
         */
        Flag: {
            /**
             * Flag
             * @example weight_drift
             */
            flag: string;
            /**
             * Since
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            since: string;
            /**
             * Evidence
             * @description The numbers that say so.
             */
            evidence: {
                [key: string]: string | number | {
                    [key: string]: string | number | null;
                }[] | null;
            };
        } & {
            [key: string]: unknown;
        };
        /**
         * Held
         * @description What a rebalance gave an asset, and what it had brought until then.
         */
        Held: {
            /**
             * Weight
             * @description The weight that it got.
             * @example 0.3
             */
            weight: number | null;
            /**
             * Price
             * @example 3012.4
             */
            price: number | null;
            /** Contribution Today */
            contribution_today: number | null;
            /**
             * Contribution
             * @description What it brought from the rebalance before to this one, as part of the level at that, with what it had been called before; they sum to the index's return between the snapshots (`as_of`) of both. Null of the first rebalance, and where a price is not known.
             * @example 0.021
             */
            contribution: number | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * IndexGaps
         * @description An index of which trades were missed within a day.
         */
        IndexGaps: {
            /**
             * Index
             * @description The id of the index.
             * @example TOP3
             */
            index: string;
            /**
             * Gap Seconds 24H
             * @description Time in which a source missed trades.
             */
            gap_seconds_24h: number;
            /** Backfilled Gaps 24H */
            backfilled_gaps_24h: number;
            /** Backfilled Trades 24H */
            backfilled_trades_24h: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * IndexRow
         * @description An index in short; returns and drawdown follow the newest level.
         */
        IndexRow: {
            /**
             * Index
             * @description The id of the index.
             * @example TOP3
             */
            index: string;
            /**
             * Name
             * @example Top three
             */
            name: string;
            /**
             * Status
             * @description The status of now: as published, `degraded` where figures come more than 2 s late, `stale` where the newest is more than 10 s old; null before the first snapshot.
             * @example live
             */
            status: ("warming" | "live" | "degraded" | "stale") | null;
            /** Origin */
            origin: ("live" | "backfill" | "replay") | null;
            /**
             * Seq
             * @description That of the newest snapshot.
             * @example 812
             */
            seq: number | null;
            /**
             * As Of
             * @description The instant of the newest level.
             */
            as_of: string | null;
            /**
             * Level
             * @example 1003.5
             */
            level: number | null;
            /**
             * Peak
             * @description The highest level so far.
             * @example 1010
             */
            peak: number | null;
            returns: components["schemas"]["SnapshotRowReturns"];
            risk: components["schemas"]["SnapshotRowRisk"];
            drawdown: components["schemas"]["SnapshotRowDrawdown"];
            /**
             * Flags
             * @description What is to be known of its quality.
             * @example [
             *       "assumed_peg"
             *     ]
             */
            flags: string[];
            /**
             * Undefined
             * @description For each null its path and the reason; /v1/definitions has these in words.
             * @example {
             *       "risk.var_99": "too_few"
             *     }
             */
            undefined: {
                [key: string]: string;
            };
        } & {
            [key: string]: unknown;
        };
        /**
         * IndexRows
         * @description All indices, by id.
         */
        IndexRows: {
            /** Indices */
            indices: components["schemas"]["IndexRow"][];
            /**
             * Next
             * @description Where the rest of the list goes on (`cursor`); null where this is the end.
             */
            next: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * IndexWhole
         * @description One index in full.
         */
        IndexWhole: {
            definition: components["schemas"]["DefinitionTable"] | null;
            /**
             * Sha256
             * @description Of its canonical form.
             */
            sha256: string | null;
            /**
             * Since
             * @description In force since then, by the log's time.
             */
            since: string | null;
            /**
             * Index
             * @description The id of the index.
             * @example TOP3
             */
            index: string;
            row: components["schemas"]["IndexRow"];
            /** @description Null before the first. */
            snapshot: components["schemas"]["Snapshot"] | null;
            line: components["schemas"]["Line"];
        } & {
            [key: string]: unknown;
        };
        /**
         * KeptPrices
         * @description What was used of an asset.
         */
        KeptPrices: {
            /**
             * From
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            from: string;
            /**
             * To
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            to: string;
            /**
             * N
             * @description Prices.
             * @example 2190
             */
            n: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * LastEpisode
         * @description When a rule rang last, as far as its alerts are kept here.
         */
        LastEpisode: {
            /** Episode */
            episode: string;
            /**
             * From
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            from: string;
            /**
             * To
             * @description Null while it fires.
             */
            to: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * LeftOutModel
         * @description A source that makes no price, and why.
         */
        LeftOutModel: {
            /**
             * Source
             * @example okx:BTC-USDT
             */
            source: string;
            /**
             * Reason
             * @example outlier
             */
            reason: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * LevelPoints
         * @description Columns of equal length: candles as `/v1/indices/{id}/history` has them.
         */
        LevelPoints: {
            /**
             * At
             * @description When each candle begins; it stands for (at, at + step].
             */
            at: string[];
            /** Close */
            close: number[];
            /** Peak */
            peak: (number | null)[];
        } & {
            [key: string]: unknown;
        };
        /**
         * Line
         * @description The level of the last quarter of an hour, thinned: columns of equal length.
         */
        Line: {
            /** At */
            at: string[];
            /** Level */
            level: number[];
            /**
             * Low
             * @description The lowest since the point before.
             */
            low: number[];
            /** Peak */
            peak: number[];
        } & {
            [key: string]: unknown;
        };
        /**
         * MatchAsked
         * @description Which alerts are meant: of each field that is given one of the patterns fits.
         */
        MatchAsked: {
            /**
             * Index
             * @description `*` stands for anything.
             * @default []
             * @example [
             *       "TOP*"
             *     ]
             */
            index: string[];
            /**
             * Kind
             * @description `flag` is every warning sign.
             * @default []
             * @example [
             *       "drawdown",
             *       "flag"
             *     ]
             */
            kind: string[];
            /**
             * Severity
             * @default []
             * @example [
             *       "info",
             *       "warning"
             *     ]
             */
            severity: string[];
            /**
             * Rule
             * @default []
             * @example [
             *       "drawdown>=0.05"
             *     ]
             */
            rule: string[];
        };
        /**
         * MatchModel
         * @description Which alerts are meant: of each field that is given one of the patterns fits, `*` in one
         *     standing for any characters; kind `flag` is every warning sign. None given: all alerts.
         */
        MatchModel: {
            /**
             * Index
             * @default []
             * @example [
             *       "TOP*"
             *     ]
             */
            index: string[];
            /**
             * Kind
             * @default []
             * @example [
             *       "drawdown"
             *     ]
             */
            kind: string[];
            /**
             * Severity
             * @default []
             * @example [
             *       "info",
             *       "warning"
             *     ]
             */
            severity: string[];
            /**
             * Rule
             * @default []
             */
            rule: string[];
        } & {
            [key: string]: unknown;
        };
        /**
         * MetricCard
         * @description What a figure is, when it is undefined, how it is shown.
         */
        MetricCard: {
            /**
             * Path
             * @description `*` stands for one name.
             * @example risk.sharpe
             */
            path: string;
            /**
             * Label
             * @example Sharpe
             */
            label: string;
            /**
             * Group
             * @example Risk
             */
            group: string;
            /** Formula */
            formula: string;
            /**
             * Unit
             * @example ratio
             */
            unit: string;
            /**
             * Undefined
             * @description The reasons for which it is null.
             */
            undefined: string;
            /** Sign */
            sign: string;
            /** Ddof */
            ddof: string;
            /** Annualisation */
            annualisation: string;
            /** Minimum */
            minimum: string;
            /** Reference */
            reference: string;
            /** Reading */
            reading: string;
            example: components["schemas"]["CardExample"] | null;
            /** Order */
            order: number;
            /**
             * Display
             * @description One of percent, change, ratio, count, number, duration, time, money, date, text.
             * @example ratio
             */
            display: string;
            /**
             * Better
             * @enum {string}
             */
            better: "" | "higher" | "lower";
            /** Target */
            target: string | null;
            /** Column */
            column: string;
            /**
             * Since
             * @description The version of the numbers that brought it.
             */
            since: string;
            /** Approximate */
            approximate: boolean;
            /**
             * Headline
             * @description Whether a report begins with it.
             */
            headline: boolean;
            /**
             * Error
             * @description The path of its standard error.
             * @example risk.sharpe_se
             */
            error: string;
            /**
             * Drawn
             * @description The path by which it is drawn over time, `*` for any benchmark.
             * @example windows.90d.volatility
             */
            drawn: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * NamedProfile
         * @description A profile, or a figure as one.
         */
        NamedProfile: {
            /** Aim */
            aim: string;
            /** Weights */
            weights: components["schemas"]["ProfileWeight"][];
            /**
             * Name
             * @example balanced
             */
            name: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * NewRule
         * @description A rule, a depth or a target, and the index that it is of.
         */
        NewRule: {
            rule?: components["schemas"]["RuleTable"] | null;
            /**
             * Drawdown
             * @description A depth, as in `[index.X.alerts]`.
             * @example 0.1
             */
            drawdown?: number | null;
            target?: components["schemas"]["TargetTable"] | null;
            /**
             * Who
             * @description Who says so, where a key is used by several; the key's name goes with it.
             * @example ada
             */
            who?: string | null;
            /**
             * Index
             * @description The id of the index.
             * @example TOP3
             */
            index: string;
        };
        /**
         * NotCompared
         * @description A series that `comparison` leaves out.
         */
        NotCompared: {
            /**
             * Series
             * @example asset:NEW
             */
            series: string;
            /**
             * Why
             * @example it has no two closes with the others
             */
            why: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * OpenGapModel
         * @description A time in which trades of a symbol were missed, and not filled yet.
         */
        OpenGapModel: {
            /**
             * From
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            from: string;
            /**
             * To
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            to: string;
            /** Seconds */
            seconds: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * Pair
         * @description Two of the series, over the bars in which both have a return.
         */
        Pair: {
            /**
             * A
             * @example TOP3
             */
            a: string;
            /**
             * B
             * @example asset:BTC
             */
            b: string;
            /**
             * N
             * @example 364
             */
            n: number;
            /**
             * Correlation
             * @example 0.94
             */
            correlation: number | null;
            /**
             * Beta
             * @description Of a against b: cov(a, b) / var(b).
             * @example 1.08
             */
            beta: number | null;
            /**
             * Beta Of B
             * @description Of b against a.
             * @example 0.82
             */
            beta_of_b: number | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * PlannedChange
         * @description A planned change of the basket.
         */
        PlannedChange: {
            /**
             * At
             * Format: date-time
             * @description It takes effect after the bar that ends there.
             * @example 2026-11-27T12:00:00.25Z
             */
            at: string;
            /**
             * Add
             * @example [
             *       "XLM"
             *     ]
             */
            add: string[];
            /**
             * Remove
             * @example [
             *       "EOS"
             *     ]
             */
            remove: string[];
            /**
             * Weights
             * @description What added assets get of the whole.
             * @default {}
             */
            weights: {
                [key: string]: number;
            };
        } & {
            [key: string]: unknown;
        };
        /**
         * ProblemKind
         * @description A kind of problem.
         */
        ProblemKind: {
            /**
             * Kind
             * @example unknown-index
             */
            kind: string;
            /**
             * Status
             * @example 404
             */
            status: number;
            /**
             * Title
             * @example There is no such index
             */
            title: string;
            /**
             * Do
             * @example `near` has ids that look alike; all are at /v1/indices
             */
            do: string;
        };
        /**
         * ProfileModel
         * @description What somebody looks for in an index.
         */
        ProfileModel: {
            /** Aim */
            aim: string;
            /** Weights */
            weights: components["schemas"]["ProfileWeight"][];
        } & {
            [key: string]: unknown;
        };
        /**
         * ProfileWeight
         * @description What a figure counts in a profile.
         */
        ProfileWeight: {
            /**
             * Path
             * @example risk.sharpe
             */
            path: string;
            /**
             * Weight
             * @example 0.25
             */
            weight: number;
            /**
             * Lower
             * @description Whether a lower figure is better.
             */
            lower: boolean;
        } & {
            [key: string]: unknown;
        };
        /**
         * Ranked
         * @description An index in a ranking.
         */
        Ranked: {
            /**
             * Rank
             * @description Null where less than half of the weights is known.
             */
            rank: number | null;
            /**
             * Index
             * @description The id of the index.
             * @example TOP3
             */
            index: string;
            /** Score */
            score: number | null;
            /**
             * Known
             * @description The share of the weights that is known.
             * @example 1
             */
            known: number;
            /** Contributions */
            contributions: {
                [key: string]: components["schemas"]["RankedFigure"];
            };
            /**
             * Missing
             * @description Figures that it has not, with the reasons.
             */
            missing: {
                [key: string]: string;
            };
            /**
             * Status
             * @description The status of now: as published, `degraded` where figures come more than 2 s late, `stale` where the newest is more than 10 s old; null before the first snapshot.
             * @example live
             */
            status: ("warming" | "live" | "degraded" | "stale") | null;
            /** As Of */
            as_of: string | null;
            /** @description Its history as far as it is kept; null where that is not known. */
            history: components["schemas"]["Times"] | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * RankedFigure
         * @description What a figure adds to a score.
         */
        RankedFigure: {
            /** Value */
            value: number;
            /**
             * Scaled
             * @description The share of the others that are worse.
             * @example 0.75
             */
            scaled: number;
            /** Weight */
            weight: number;
            /** Contribution */
            contribution: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * Ranking
         * @description Indices in the order of a profile, best first.
         */
        Ranking: {
            profile: components["schemas"]["NamedProfile"];
            /** @description The time that all are ranked over (`common=true`); null: each over its own. */
            common: components["schemas"]["Times"] | null;
            /**
             * Unequal
             * @description Indices with a shorter history than the longest one: over their own time they are hard to compare, and they bound the common one.
             * @example [
             *       "NEW2"
             *     ]
             */
            unequal: string[];
            /**
             * Left Out
             * @description Indices that are not ranked over the common time, and why.
             */
            left_out: {
                [key: string]: string;
            };
            /** Ranking */
            ranking: components["schemas"]["Ranked"][];
        } & {
            [key: string]: unknown;
        };
        /**
         * Ready
         * @description Whether all is well, and if not, why; more of it differs by process.
         */
        Ready: {
            /** Ready */
            ready: boolean;
            /**
             * Reasons
             * @example [
             *       "no index is live yet (1 warming)"
             *     ]
             */
            reasons: string[];
            /**
             * Notes
             * @description Worth knowing, and no reason not to be ready.
             * @default []
             */
            notes: string[];
            /**
             * Indices
             * @description By status.
             * @default {}
             * @example {
             *       "live": 3
             *     }
             */
            indices: {
                [key: string]: number;
            };
            /**
             * Lag Seconds
             * @description How late figures come.
             */
            lag_seconds?: number | null;
            /**
             * Left Out
             * @description Records of others in the log, by topic and reason.
             * @default {}
             */
            left_out: {
                [key: string]: {
                    [key: string]: number;
                };
            };
        } & {
            [key: string]: unknown;
        };
        /**
         * Rebalance
         * @description A rebalance, with prices and contributions as of the first snapshot behind it.
         */
        Rebalance: {
            /**
             * Rebalanced At
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            rebalanced_at: string;
            /**
             * As Of
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            as_of: string;
            /** Assets */
            assets: {
                [key: string]: components["schemas"]["Held"];
            };
            /**
             * Turnover
             * @description ½·Σ|new weight − old weight|, the old ones as they had drifted by the prices told of this rebalance and the one before; null of the first.
             * @example 0.05
             */
            turnover: number | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * ReceiptModel
         * @description The record that something follows from: the evidence, for `tidegauge verify`.
         */
        ReceiptModel: {
            /**
             * Topic
             * @example prices
             */
            topic: string;
            /**
             * Log
             * @description UUID of the log.
             */
            log: string;
            /** Partition */
            partition: number;
            /** Offset */
            offset: number;
            /**
             * Engine
             * @description Version of the numbers.
             * @example 4
             */
            engine?: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * Report
         * @description A performance report of one index or several side by side.
         */
        Report: {
            /**
             * As Of
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            as_of: string;
            period: components["schemas"]["ReportPeriod"];
            /**
             * Program
             * @description The version of the program.
             * @example 0.1.0
             */
            program: string;
            /**
             * Numbers
             * @description The version of the numbers.
             * @example 4
             */
            numbers: string;
            /**
             * Cards
             * @description SHA-256 of the definitions of all figures.
             */
            cards: string;
            /** Indices */
            indices: components["schemas"]["ReportIndex"][];
            /** @description The indices and their benchmarks over their common time, as `/v1/compare`; null where no two have one. */
            comparison: components["schemas"]["Comparison"] | null;
            /**
             * Not Compared
             * @description Indices and benchmarks that have no common time with those before them.
             */
            not_compared: components["schemas"]["NotCompared"][];
            /**
             * Metrics
             * @description The definitions, by path.
             */
            metrics: {
                [key: string]: components["schemas"]["MetricCard"];
            };
            /**
             * Reasons
             * @description Why a figure is null, in words.
             */
            reasons: {
                [key: string]: string;
            };
        } & {
            [key: string]: unknown;
        };
        /**
         * ReportAlerts
         * @description The alarms of the time, the newest first.
         */
        ReportAlerts: {
            /** Episodes */
            episodes: components["schemas"]["ReportEpisode"][];
            /**
             * Since
             * @description Where not all of them are kept here: the time from which on they are.
             */
            since: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * ReportComposition
         * @description What the index holds, and got at each rebalance of the time, the newest first.
         */
        ReportComposition: {
            /** @description Null of a time that is over. */
            now: components["schemas"]["SnapshotComposition"] | null;
            /** Rebalances */
            rebalances: components["schemas"]["Rebalance"][];
        } & {
            [key: string]: unknown;
        };
        /**
         * ReportEpisode
         * @description An alarm, from its firing to its end, as `/v1/alerts` tells it.
         */
        ReportEpisode: {
            /** Episode */
            episode: string;
            /**
             * Kind
             * @example drawdown
             */
            kind: string;
            /**
             * Rule
             * @example drawdown>=0.10
             */
            rule: string;
            /** Severity */
            severity: string | null;
            /** Open */
            open: boolean;
            /**
             * From
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            from: string;
            /** To */
            to: string | null;
            /**
             * Words
             * @description Why it rang, as a sentence.
             */
            words?: string | null;
            /** Deepest */
            deepest: number | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * ReportIndex
         * @description An index in a report; its times are its part of what was asked for.
         */
        ReportIndex: {
            definition: components["schemas"]["DefinitionTable"] | null;
            /**
             * Sha256
             * @description Of its canonical form.
             */
            sha256: string | null;
            /**
             * Since
             * @description In force since then, by the log's time.
             */
            since: string | null;
            /**
             * From
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            from: string;
            /**
             * To
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            to: string;
            /**
             * Index
             * @description The id of the index.
             * @example TOP3
             */
            index: string;
            /**
             * Name
             * @example Top three
             */
            name: string;
            /**
             * Status
             * @description The status of now: as published, `degraded` where figures come more than 2 s late, `stale` where the newest is more than 10 s old; null before the first snapshot.
             * @example live
             */
            status: ("warming" | "live" | "degraded" | "stale") | null;
            /** @description Every figure. Of the whole history as `/v1/indices/{id}` has it; of a part of it what the engine makes of the daily closes of the level in that part. */
            snapshot: components["schemas"]["Snapshot"] | null;
            /** @description Of a part of the history: the figures of all of it until the end. */
            since_start: components["schemas"]["SinceStart"] | null;
            series: components["schemas"]["ReportSeries"];
            composition: components["schemas"]["ReportComposition"];
            alerts: components["schemas"]["ReportAlerts"];
        } & {
            [key: string]: unknown;
        };
        /**
         * ReportPeriod
         * @description The time that was asked for.
         */
        ReportPeriod: {
            /**
             * From
             * @description Null: from the first level on.
             */
            from: string | null;
            /**
             * To
             * @description Null: until now.
             */
            to: string | null;
            /**
             * Name
             * @description As a calendar calls it: a month, a quarter or a year.
             * @example 2026-Q3
             */
            name: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * ReportSeries
         * @description What is drawn of an index over time.
         */
        ReportSeries: {
            /**
             * Step
             * @description Seconds from one point of the level to the next.
             */
            step: number;
            /**
             * Open From
             * @description Of the last point where that is not over yet.
             */
            open_from: string | null;
            /** Missing */
            missing: components["schemas"]["Times"][];
            level: components["schemas"]["LevelPoints"];
            /**
             * Benchmarks
             * @description The closes of each benchmark at the times of the level.
             */
            benchmarks: {
                [key: string]: (number | null)[];
            };
            figures: components["schemas"]["FigurePoints"];
            /**
             * Words
             * @description By path: regimes, the status.
             */
            words: {
                [key: string]: components["schemas"]["WordSpan"][];
            };
            distribution: components["schemas"]["Distribution"];
        } & {
            [key: string]: unknown;
        };
        /**
         * RollingFigures
         * @description The first series against each of the others, over the last bars until each time; null until
         *     there are as many, and where one does not vary.
         */
        RollingFigures: {
            /**
             * Window
             * @description Bars.
             * @example 90
             */
            window: number;
            /**
             * Of
             * @description The first series.
             * @example TOP3
             */
            of: string;
            /**
             * At
             * @description The ends of bars in which all have a return.
             */
            at: string[];
            /**
             * Beta
             * @description By the other series.
             */
            beta: {
                [key: string]: (number | null)[];
            };
            /**
             * Correlation
             * @description By the other series.
             */
            correlation: {
                [key: string]: (number | null)[];
            };
        } & {
            [key: string]: unknown;
        };
        /**
         * RuleAsked
         * @description A rule of any figure, a depth of drawdown, or a target; one of the three.
         */
        RuleAsked: {
            rule?: components["schemas"]["RuleTable"] | null;
            /**
             * Drawdown
             * @description A depth, as in `[index.X.alerts]`.
             * @example 0.1
             */
            drawdown?: number | null;
            target?: components["schemas"]["TargetTable"] | null;
            /**
             * Who
             * @description Who says so, where a key is used by several; the key's name goes with it.
             * @example ada
             */
            who?: string | null;
        };
        /**
         * RuleChange
         * @description What a change of a rule did. It takes effect behind the log's last price.
         */
        RuleChange: {
            /**
             * Index
             * @description The id of the index.
             * @example TOP3
             */
            index: string;
            /**
             * Rule
             * @description Its name.
             * @example stormy
             */
            rule: string;
            /**
             * Was
             * @description Its name before; null of a new one.
             */
            was: string | null;
            /**
             * Change
             * @enum {string}
             */
            change: "added" | "changed" | "removed" | "unchanged";
            /**
             * Etag
             * @description Of the rule that is there now; null where it is gone.
             */
            etag: string | null;
            /**
             * By
             * @description Who did it, as the log has it.
             */
            by: string;
            /**
             * Sha256
             * @description Of the index's definition that is in force now.
             */
            sha256: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * RuleList
         * @description All rules, by index.
         */
        RuleList: {
            /** Rules */
            rules: components["schemas"]["RuleModel"][];
            /**
             * Next
             * @description Where the rest of the list goes on (`cursor`); null where this is the end.
             */
            next: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * RuleModel
         * @description The same with how it stands.
         */
        RuleModel: {
            /**
             * Index
             * @description The id of the index.
             * @example TOP3
             */
            index: string;
            /**
             * Rule
             * @description Its name, as alerts have it.
             * @example drawdown>=0.10
             */
            rule: string;
            /**
             * Kind
             * @example drawdown
             */
            kind: string;
            /**
             * Figure
             * @description Its path in the snapshot.
             * @example drawdown.current
             */
            figure: string | null;
            /**
             * Above
             * @example 0.1
             */
            above?: number | null;
            /** Below */
            below?: number | null;
            /**
             * Equals
             * @example degraded
             */
            equals?: string | null;
            /**
             * Has
             * @example single_source
             */
            has?: string | null;
            /**
             * Clear
             * @description Where it ends.
             * @example 0.05
             */
            clear?: number | null;
            /**
             * For
             * @description Seconds that it must hold before it fires.
             * @default 0
             * @example 600
             */
            for: number;
            /**
             * Clear For
             * @description Seconds that it must be clear before it ends.
             * @default 0
             */
            clear_for: number;
            /**
             * Cooldown
             * @description Seconds between two firings at least.
             * @default 0
             */
            cooldown: number;
            /**
             * No Data
             * @description Seconds without the figure that are an alert of their own; 0: never.
             * @default 0
             */
            no_data: number;
            /**
             * Severity
             * @example warning
             */
            severity?: string | null;
            /**
             * Etag
             * @description Of `/v1/rules/{index}/{rule}`, for `If-Match` of a change.
             * @example W/"5d46aabb1c283b78e0a1f2c3"
             */
            etag: string;
            /**
             * State
             * @description What its alerts say of it now.
             * @example ok
             * @enum {string}
             */
            state: "ok" | "firing" | "no_data";
            /**
             * Value
             * @description The figure now; null where it is undefined.
             */
            value: number | string | string[] | null;
            /**
             * Firing
             * @description Whether it rings now.
             */
            firing: boolean;
            /**
             * Episode
             * @description The episode that is open.
             */
            episode: string | null;
            last: components["schemas"]["LastEpisode"] | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * RuleSettings
         * @description What rings, of an index, as its definition has it.
         */
        RuleSettings: {
            /**
             * Index
             * @description The id of the index.
             * @example TOP3
             */
            index: string;
            /**
             * Rule
             * @description Its name, as alerts have it.
             * @example drawdown>=0.10
             */
            rule: string;
            /**
             * Kind
             * @example drawdown
             */
            kind: string;
            /**
             * Figure
             * @description Its path in the snapshot.
             * @example drawdown.current
             */
            figure: string | null;
            /**
             * Above
             * @example 0.1
             */
            above?: number | null;
            /** Below */
            below?: number | null;
            /**
             * Equals
             * @example degraded
             */
            equals?: string | null;
            /**
             * Has
             * @example single_source
             */
            has?: string | null;
            /**
             * Clear
             * @description Where it ends.
             * @example 0.05
             */
            clear?: number | null;
            /**
             * For
             * @description Seconds that it must hold before it fires.
             * @default 0
             * @example 600
             */
            for: number;
            /**
             * Clear For
             * @description Seconds that it must be clear before it ends.
             * @default 0
             */
            clear_for: number;
            /**
             * Cooldown
             * @description Seconds between two firings at least.
             * @default 0
             */
            cooldown: number;
            /**
             * No Data
             * @description Seconds without the figure that are an alert of their own; 0: never.
             * @default 0
             */
            no_data: number;
            /**
             * Severity
             * @example warning
             */
            severity?: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * RuleTable
         * @description A table `[[index.X.rule]]` of an index file.
         */
        RuleTable: {
            /**
             * Name
             * @description Its identity; else figure, side and limit are.
             * @example stormy
             */
            name?: string | null;
            /**
             * Figure
             * @description A path of the snapshot.
             * @example windows.1d.volatility
             */
            figure: string;
            /**
             * Above
             * @example 1.2
             */
            above?: number | null;
            /** Below */
            below?: number | null;
            /**
             * Equals
             * @description Of a word, as `status`.
             * @example degraded
             */
            equals?: string | null;
            /**
             * Has
             * @description Of a list of words, as `quality.flags`.
             * @example single_source
             */
            has?: string | null;
            /**
             * For
             * @example 10m
             */
            for?: string | number | null;
            /**
             * Clear
             * @example 1
             */
            clear?: number | null;
            /**
             * Clear For
             * @example 5m
             */
            clear_for?: string | number | null;
            /**
             * Cooldown
             * @example 1h
             */
            cooldown?: string | number | null;
            /**
             * No Data
             * @example 1h
             */
            no_data?: string | number | null;
            /** Severity */
            severity?: ("info" | "warning" | "critical") | null;
        };
        /**
         * RungModel
         * @description A time in which the rule would have rung.
         */
        RungModel: {
            /**
             * Index
             * @description The id of the index.
             * @example TOP3
             */
            index: string;
            /** Rule */
            rule: string;
            /**
             * Kind
             * @example rule
             */
            kind: string;
            /**
             * Severity
             * @example warning
             */
            severity: string;
            /**
             * At
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            at: string;
            /**
             * To
             * @description Null while it lasts.
             */
            to: string | null;
            /** Seconds */
            seconds: number | null;
            /**
             * Value
             * @description The figure at firing.
             */
            value: number | string | string[] | null;
            /**
             * Worst
             * @description The furthest that it went.
             */
            worst: number | null;
            /** Level */
            level: number | null;
            /**
             * After
             * @description The change of the level from there on.
             */
            after: {
                [key: string]: number | null;
            };
        } & {
            [key: string]: unknown;
        };
        /**
         * SchemaNames
         * @description The records of the log and of the streams.
         */
        SchemaNames: {
            /**
             * Records
             * @description Name, and what it is.
             * @example {
             *       "alert": "A rule fires or resolves."
             *     }
             */
            records: {
                [key: string]: string;
            };
        } & {
            [key: string]: unknown;
        };
        /**
         * SeriesHistory
         * @description Candles of an index's level or an asset's price, or figures where these were asked for: those
         *     as they stood at the ends of hours or days, and as they stand now.
         */
        SeriesHistory: {
            /**
             * From
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            from: string;
            /**
             * To
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            to: string;
            /**
             * Index
             * @description The id of the index, or `asset:X`.
             * @example TOP3
             * @example asset:BTC
             */
            index: string;
            /**
             * Status
             * @description The status of now: as published, `degraded` where figures come more than 2 s late, `stale` where the newest is more than 10 s old; null before the first snapshot.
             * @example live
             */
            status: ("warming" | "live" | "degraded" | "stale") | null;
            /**
             * Step
             * @description Seconds from one row to the next.
             * @example 86400
             */
            step: number;
            /**
             * Open From
             * @description The time of the last row where that is not over yet; null where it is.
             */
            open_from: string | null;
            /**
             * Missing
             * @description Times of which candles so short are not known here: yet, in the first seconds after a start; or any more: seconds are kept for a day, minutes for 90, and a file may be lost. A longer step may have them.
             */
            missing: components["schemas"]["Times"][];
            /** Columns */
            columns: components["schemas"]["CandleColumns"] | components["schemas"]["FigureColumns"];
        } & {
            [key: string]: unknown;
        };
        /**
         * SessionModel
         * @description Who is logged in, or whose key it is.
         */
        SessionModel: {
            /**
             * Name
             * @description Of the key; empty without one.
             * @example dashboard
             */
            name: string;
            /**
             * Scope
             * @description What it is good for: each scope may what those before it may; null without a key, who may look where the gateway is reached over loopback alone.
             * @example alerts
             */
            scope: ("read" | "alerts" | "admin") | null;
        };
        /**
         * SilenceAsked
         * @description Which alerts are to be quiet, and until when.
         */
        SilenceAsked: {
            /** @description Of an empty one nothing is meant: give `all` then. */
            match: components["schemas"]["MatchAsked"];
            /**
             * All
             * @description Every alert; `match` is empty then.
             * @default false
             */
            all: boolean;
            /**
             * From
             * @description From now if not given.
             */
            from?: (string | number) | null;
            /**
             * Until
             * @description The end; or give `seconds`.
             */
            until?: (string | number) | null;
            /**
             * Seconds
             * @description How long, where `until` is not given.
             * @example 7200
             */
            seconds?: number | null;
            /**
             * Comment
             * @description Why.
             * @default
             * @example known
             */
            comment: string;
            /**
             * Who
             * @description Who says so, where a key is used by several; the key's name goes with it.
             * @example ada
             */
            who?: string | null;
        };
        /**
         * SilenceList
         * @description Silences, those that end first before the others.
         */
        SilenceList: {
            /** Silences */
            silences: components["schemas"]["SilenceModel"][];
        } & {
            [key: string]: unknown;
        };
        /**
         * SilenceModel
         * @description Alerts that match are not told from `from` until `until`; what still fires then is.
         */
        SilenceModel: {
            /**
             * Id
             * @example 5d46aabb
             */
            id: string;
            match: components["schemas"]["MatchModel"];
            /**
             * From
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            from: string;
            /**
             * Until
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            until: string;
            /**
             * Who
             * @example ada
             */
            who: string;
            /** Comment */
            comment: string;
            /**
             * At
             * Format: date-time
             * @description When that was said.
             * @example 2026-11-27T12:00:00.25Z
             */
            at: string;
            /**
             * Ended By
             * @description Who ended it; null where it ends by itself.
             */
            ended_by: string | null;
            /**
             * State
             * @enum {string}
             */
            state: "pending" | "active" | "over";
            /**
             * Open
             * @description How many open episodes it covers.
             * @example 3
             */
            open: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * SinceStart
         * @description Figures as they were published, over the whole history until then.
         */
        SinceStart: {
            /** As Of */
            as_of: string | null;
            /**
             * Figures
             * @description By path, where known.
             */
            figures: {
                [key: string]: number | string | boolean | null;
            };
        } & {
            [key: string]: unknown;
        };
        /**
         * Snapshot
         * @description Every figure of an index, and the reason for every null.
         */
        Snapshot: {
            /**
             * Index
             * @description The id of the index.
             * @example TOP3
             */
            index: string;
            /**
             * Seq
             * @description Counts up with each snapshot, not by one.
             * @example 812
             */
            seq: number;
            /**
             * As Of
             * Format: date-time
             * @description The instant that the figures are of.
             * @example 2026-11-27T12:00:00.25Z
             */
            as_of: string;
            /**
             * Level
             * @description Level: Σ holding · price / divisor; base_level at the first instant when every asset has a price and one of them can be weighed; the divisor keeps it unchanged by rebalances and changes. Unit: points. Null where: not_started.
             * @example 1003.2
             */
            level?: number | null;
            /**
             * Status
             * @description The status of now: as published, `degraded` where figures come more than 2 s late, `stale` where the newest is more than 10 s old; null before the first snapshot.
             * @example live
             */
            status: ("warming" | "live" | "degraded" | "stale") | null;
            /** Origin */
            origin?: ("live" | "backfill" | "replay") | null;
            /**
             * Definition
             * @description SHA-256 of the definitions of figures and index.
             */
            definition?: string | null;
            /**
             * Undefined
             * @description For each null its path and the reason; /v1/definitions has these in words.
             * @default {}
             * @example {
             *       "risk.var_99": "too_few"
             *     }
             */
            undefined: {
                [key: string]: string;
            };
            receipt?: components["schemas"]["ReceiptModel"] | null;
            composition?: components["schemas"]["SnapshotComposition"] | null;
            returns?: components["schemas"]["SnapshotReturns"] | null;
            annualised?: components["schemas"]["SnapshotAnnualised"] | null;
            /**
             * CAGR
             * @description CAGR: (L1/L0)^(365 / days) − 1, from the first level to the last, by calendar days whatever year_days is. Unit: fraction a year. Sign: a gain is positive. Annualised: geometric, by elapsed days. Null where: too_short: under 90 days; not_started.
             * @example 0.25965547243803133
             */
            cagr?: number | null;
            calendar?: components["schemas"]["SnapshotCalendar"] | null;
            months?: components["schemas"]["SnapshotMonths"] | null;
            risk?: components["schemas"]["SnapshotRisk"] | null;
            drawdown?: components["schemas"]["SnapshotDrawdown"] | null;
            /** Benchmarks */
            benchmarks?: {
                [key: string]: components["schemas"]["SnapshotBenchmarksEach"] | null;
            } | null;
            /** Windows */
            windows?: {
                [key: string]: components["schemas"]["SnapshotWindowsEach"] | null;
            } | null;
            /** Rolling */
            rolling?: {
                [key: string]: components["schemas"]["SnapshotRollingEach"] | null;
            } | null;
            regime?: components["schemas"]["SnapshotRegime"] | null;
            /**
             * Flags
             * @description Weight drift: some weight is at least 0.05 off the one that the method gives, after the rebalance due then, if any, and however old the prices: an asset without a weight for the age of its price is adrift; clears at 0.025; not judged where rebalance is never. Unit: since which daily close, and the evidence; an alert of its own kind.
             *
             *     Deeper drawdowns: the last three falls of 20 % or more between daily closes, from a peak to its recovery, each deeper than the one before; the open one counts once it is the deeper one; clears when one ends that was not deeper than the one before. Unit: since which daily close, and the evidence; an alert of its own kind.
             *
             *     Falling sharpe: at month ends, Sharpe of the daily closes of the trailing year lower than at the month end before, three times running, and by 0.7 in all; clears at the first month end at which it did not fall. Month ends are the first daily closes of a month. A year gives no figure where the closes do not reach back to its start, fewer than 180 daily returns of it were seen or they do not vary; a month end without a figure clears and begins anew. Unit: since which daily close, and the evidence; an alert of its own kind.
             *
             *     Behind benchmark: at each of the last 12 month ends, Sharpe of the trailing year below that of the first benchmark over the same days; clears at the first at which it is not. Month ends are the first daily closes of a month. A year gives no figure where the closes do not reach back to its start, fewer than 180 daily returns of it were seen or they do not vary; a month end without a figure clears and begins anew. Unit: since which daily close, and the evidence; an alert of its own kind.
             *
             *     More volatility without return: at a month end, volatility of the trailing year at least 1.2 times that of the year before, and its return not above; clears below 1.1 times or with a return above. Month ends are the first daily closes of a month. A year gives no figure where the closes do not reach back to its start, fewer than 180 daily returns of it were seen or they do not vary; a month end without a figure clears and begins anew. Unit: since which daily close, and the evidence; an alert of its own kind.
             */
            flags?: components["schemas"]["Flag"][];
            /** Targets */
            targets?: {
                [key: string]: components["schemas"]["TargetModel"];
            };
            quality?: components["schemas"]["SnapshotQuality"] | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotAnnualised */
        SnapshotAnnualised: {
            /**
             * 1y
             * @description 1y: (1 + returns.1y)^(1/1) − 1. Unit: fraction a year. Sign: a gain is positive. Annualised: geometric, by whole years. Null where: too_short: as returns; not_started.
             * @example 0.4416915647429498
             */
            "1y"?: number | null;
            /**
             * 3y
             * @description 3y: (1 + returns.3y)^(1/3) − 1. Unit: fraction a year. Sign: a gain is positive. Annualised: geometric, by whole years. Null where: too_short: as returns; not_started.
             * @example 0.2599210498948732
             */
            "3y"?: number | null;
            /**
             * 5y
             * @description 5y: (1 + returns.5y)^(1/5) − 1. Unit: fraction a year. Sign: a gain is positive. Annualised: geometric, by whole years. Null where: too_short: as returns; not_started.
             * @example 0.1486983549970351
             */
            "5y"?: number | null;
            /**
             * Since start
             * @description Since start: (L1/L0)^(365 / days) − 1, from the first level to the last, by calendar days whatever year_days is. Unit: fraction a year. Sign: a gain is positive. Annualised: geometric, by elapsed days. Null where: too_short: under 90 days; not_started.
             * @example 0.25965547243803133
             */
            inception?: number | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotBenchmarksEach */
        SnapshotBenchmarksEach: {
            /**
             * Returns counted
             * @description Returns counted: bars where both have a return, from when the benchmark was named on. Unit: count.
             * @example 4
             */
            n?: number | null;
            /**
             * Beta
             * @description Beta: bars where both have a return; cov(r, f) / var(f). Unit: ratio. Null where: too_few: n < 2; zero_variance: the benchmark does not vary.
             * @example 1.542857142857143
             */
            beta?: number | null;
            /**
             * Beta, EWMA
             * @description Beta, EWMA: Σw·r·f / Σw·f², w halves every ewma_half_life in force, about zero. Unit: ratio. Null where: too_few: n < 10; zero_variance.
             * @example 2
             */
            ewma_beta?: number | null;
            /**
             * Alpha
             * @description Alpha: A · (mean(r − rf) − β · mean(f − rf)). Unit: fraction a year. Sign: ahead of what beta explains is positive. Annualised: × A, arithmetic. Null where: too_few: n < 2; zero_variance.
             * @example 0.022857142857142854
             */
            alpha?: number | null;
            /**
             * Correlation
             * @description Correlation: cov(r, f) / (sd(r) · sd(f)) (Pearson). Unit: −1 … 1. Null where: too_few: n < 2; zero_variance: either does not vary.
             * @example 0.8783100656536799
             */
            correlation?: number | null;
            /**
             * Tracking error
             * @description Tracking error: sd(r − f) · √A; r − f is 0 where 1 + r and 1 + f agree to 1e-14 of themselves. Unit: fraction a year. Annualised: × √A, A bars a year. Null where: too_few: n < 2.
             * @example 0.17078251276599332
             */
            tracking_error?: number | null;
            /**
             * Information ratio
             * @description Information ratio: A · mean(r − f) / tracking_error, r − f as there. Unit: ratio. Annualised: × √A, A bars a year. Null where: too_few: n < 2; zero_variance: r − f does not vary.
             * @example 0.2927700218845599
             */
            information_ratio?: number | null;
            /**
             * Up capture
             * @description Up capture: geometric mean r / geometric mean f, Π(1 + r)^(1/k) − 1 over the k bars where the benchmark rose; bars in which it did not move count on neither side. Unit: ratio. Null where: no_rise.
             * @example 1.9932271221469162
             */
            up_capture?: number | null;
            /**
             * Down capture
             * @description Down capture: geometric mean r / geometric mean f, Π(1 + r)^(1/k) − 1 over the k bars where the benchmark fell; bars in which it did not move count on neither side. Unit: ratio. Null where: no_fall.
             * @example 1
             */
            down_capture?: number | null;
            /**
             * Capture ratio
             * @description Capture ratio: up_capture / down_capture. Unit: ratio. Null where: no_rise; no_fall; no_loss: the index lost nothing over the falls, so what it made of them is not below 0.
             * @example 1.9932271221469162
             */
            capture_ratio?: number | null;
            /**
             * Excess
             * @description *: returns.* − the benchmark's over the same period; inception: since the index began. Unit: fraction. Sign: ahead of the benchmark is positive. Null where: too_short: as returns, or the benchmark began later (inception: or was named later); not_started.
             */
            excess?: {
                [key: string]: number | null;
            } | null;
            /**
             * R²
             * @description R²: correlation². Unit: fraction. Null where: too_few: n < 2; zero_variance.
             * @example 0.7714285714285715
             */
            r_squared?: number | null;
            /**
             * Specific risk
             * @description Specific risk: sd(r − β·f) · √A. Unit: fraction a year. Annualised: × √A, A bars a year. Null where: too_few: n < 3; zero_variance: the benchmark does not vary.
             * @example 0.12421180068162373
             */
            specific_risk?: number | null;
            /**
             * Systematic risk
             * @description Systematic risk: |β| · sd(f) · √A. Unit: fraction a year. Annualised: × √A, A bars a year. Null where: too_few: n < 2; zero_variance: the benchmark does not vary.
             * @example 0.263493019696104
             */
            systematic_risk?: number | null;
            /**
             * Treynor
             * @description Treynor: (Π(1 + r − rf)^(A/n) − 1) / β, over the bars where both have a return. Unit: fraction a year. Annualised: geometric. Null where: too_few; too_short: bars of under 90 days of 365; unobserved; zero_variance: the benchmark does not vary, or β is 0.
             * @example 0.04485185185185185
             */
            treynor?: number | null;
            /**
             * Active premium
             * @description Active premium: Π(1 + r)^(A/n) − Π(1 + f)^(A/n), over the bars where both have a return. Unit: fraction a year. Sign: ahead of the benchmark is positive. Annualised: geometric. Null where: too_few; too_short: bars of under 90 days of 365; unobserved.
             * @example 0.0297
             */
            active_premium?: number | null;
            /**
             * M²
             * @description M²: (growth of r − risk_free) · sd(f) / sd(r) + risk_free, growth as in active_premium. Unit: fraction a year. Sign: a gain is positive. Annualised: geometric. Null where: too_few; too_short: bars of under 90 days of 365; unobserved; zero_variance: the index does not vary.
             * @example 0.03939383294468912
             */
            m_squared?: number | null;
            /**
             * M², excess
             * @description M², excess: (1 + m_squared) / (1 + growth of f) − 1. Unit: fraction a year. Sign: ahead of the benchmark is positive. Null where: too_few; too_short: bars of under 90 days of 365; unobserved; zero_variance: the index does not vary.
             * @example -0.00010213280934190383
             */
            m_squared_excess?: number | null;
            /**
             * Appraisal ratio
             * @description Appraisal ratio: (growth of r − risk_free − β · (growth of f − risk_free)) / specific_risk. Unit: ratio. Annualised: geometric. Null where: too_few; too_short: bars of under 90 days of 365; unobserved; zero_variance: the benchmark does not vary, or r − β·f.
             * @example 0.0664763155499801
             */
            appraisal?: number | null;
            /**
             * Batting average
             * @description Batting average: share of the bars where both have a return with r > f, r − f as in tracking_error. Unit: fraction. Null where: too_few: n < 1; unobserved.
             * @example 0.5
             */
            batting_average?: number | null;
            /**
             * Up number
             * @description Up number: share of the bars with f > 0 in which r > 0. Unit: fraction. Null where: no_rise; unobserved.
             * @example 1
             */
            up_number?: number | null;
            /**
             * Down number
             * @description Down number: share of the bars with f < 0 in which r < 0. Unit: fraction. Null where: no_fall; unobserved.
             * @example 1
             */
            down_number?: number | null;
            /**
             * Up percent
             * @description Up percent: share of the bars with f > 0 in which r > f, r − f as in tracking_error. Unit: fraction. Null where: no_rise; unobserved.
             * @example 1
             */
            up_percent?: number | null;
            /**
             * Down percent
             * @description Down percent: share of the bars with f < 0 in which r > f, r − f as in tracking_error. Unit: fraction. Null where: no_fall; unobserved.
             * @example 0
             */
            down_percent?: number | null;
            /**
             * Up beta
             * @description Up beta: cov(r, f) / var(f) over the bars with f > 0. Unit: ratio. Null where: no_rise; too_few: 1 such bar; zero_variance; unobserved.
             * @example 2
             */
            up_beta?: number | null;
            /**
             * Down beta
             * @description Down beta: cov(r, f) / var(f) over the bars with f < 0. Unit: ratio. Null where: no_fall; too_few: 1 such bar; zero_variance; unobserved.
             */
            down_beta?: number | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotCalendar */
        SnapshotCalendar: {
            /** Months */
            months?: (components["schemas"]["SnapshotCalendarMonthsEach"] | null)[] | null;
            /** Years */
            years?: (components["schemas"]["SnapshotCalendarYearsEach"] | null)[] | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotCalendarMonthsEach */
        SnapshotCalendarMonthsEach: {
            /**
             * Return
             * @description Return: level at the end of the month (or now) / level at its beginning (or at the inception) − 1, UTC. Unit: fraction. Sign: a gain is positive. Null where: unobserved: the index ran before months were kept.
             * @example 0.031469526635646394
             */
            return?: number | null;
            /**
             * Excess
             * @description *: return − the benchmark's over the same time. Unit: fraction. Sign: ahead of the benchmark is positive. Null where: too_short: the benchmark began later, or (the first one) was named later; unobserved.
             */
            excess?: {
                [key: string]: number | null;
            } | null;
            /**
             * Period
             * @description A month or a year.
             * @example 2026-11
             */
            period?: string;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotCalendarYearsEach */
        SnapshotCalendarYearsEach: {
            /**
             * Return
             * @description Return: level at the end of the year (or now) / level at its beginning (or at the inception) − 1, UTC. Unit: fraction. Sign: a gain is positive. Null where: unobserved: the index ran before months were kept.
             * @example 0.4416915647429498
             */
            return?: number | null;
            /**
             * Excess
             * @description *: return − the benchmark's over the same time. Unit: fraction. Sign: ahead of the benchmark is positive. Null where: too_short: the benchmark began later, or (the first one) was named later; unobserved.
             */
            excess?: {
                [key: string]: number | null;
            } | null;
            /**
             * Period
             * @description A month or a year.
             * @example 2026-11
             */
            period?: string;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotComposition */
        SnapshotComposition: {
            /**
             * Weights set at
             * @description Weights set at: when the weights were last set: at the base, a rebalance or a change of the assets. Unit: time. Null where: unobserved: the checkpoint that it went on from did not tell; not_started.
             */
            rebalanced_at?: string | null;
            /**
             * Divisor
             * @description Divisor: what Σ holding · price is divided by to give the level. Unit: number. Null where: not_started.
             * @example 1
             */
            divisor?: number | null;
            /**
             * Turnover, 1 year
             * @description Turnover, 1 year: Σ over the rebalances and changes within the last year of ½·Σ|new weight − old weight|; the first purchase is none. Unit: fraction. Null where: unobserved: the checkpoint that it went on from did not tell; not_started; until a year has been counted.
             * @example 0.16666666666666666
             */
            turnover_1y?: number | null;
            /**
             * Waits for
             * @description Waits for: assets that the definition names and the index does not hold yet, because they wait for a price. Unit: list of names. Null where: not_started.
             */
            pending?: string[];
            /** Assets */
            assets?: {
                [key: string]: components["schemas"]["SnapshotCompositionAssetsEach"] | null;
            } | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotCompositionAssetsEach */
        SnapshotCompositionAssetsEach: {
            /**
             * Weight
             * @description Weight: holding · price / Σ holding · price; 0 of an asset that left the index today. Unit: fraction. Null where: not_started.
             * @example 0.5365853658536587
             */
            weight?: number | null;
            /**
             * Target
             * @description Target: the weight that the method or the definition gave it at composition.rebalanced_at. Unit: fraction. Null where: unobserved: the checkpoint that it went on from did not tell; not_started.
             * @example 0.5
             */
            target?: number | null;
            /**
             * Price
             * @description Price: its last price. Unit: USD. Null where: not_started.
             * @example 220
             */
            price?: number | null;
            /**
             * Return today
             * @description Return today: price / price at 00:00 UTC − 1, or since the base where the index began today. Unit: fraction. Sign: a gain is positive. Null where: no_price: it had no price at 00:00; unobserved: the checkpoint that it went on from did not tell; not_started.
             * @example 0.1
             */
            return_today?: number | null;
            /**
             * Contribution today
             * @description Contribution today: holding · (price − price at 00:00 UTC) / (divisor · level at 00:00), or since the base where the index began today; summed over the spans between rebalances within the day. All assets', with those that left today, sum to the level's return since then. Unit: fraction. Sign: a gain is positive. Null where: unobserved: the checkpoint that it went on from did not tell; not_started.
             * @example 0.05
             */
            contribution_today?: number | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotDrawdown */
        SnapshotDrawdown: {
            /**
             * Current
             * @description Current: (peak − level) / peak, the peak of every instant so far. Unit: fraction. Sign: a loss is positive.
             * @example 0.25
             */
            current?: number | null;
            /**
             * Deepest drawdown
             * @description Deepest drawdown: largest drawdown over every instant. Unit: fraction. Sign: a loss is positive.
             * @example 0.4
             */
            max?: number | null;
            /**
             * Deepest drawdown, daily
             * @description Deepest drawdown, daily: largest drawdown over the levels at 00:00 UTC. Unit: fraction. Sign: a loss is positive. Null where: unobserved: no 00:00 yet.
             * @example 0.4
             */
            max_daily?: number | null;
            /**
             * Peak at
             * @description Peak at: of the largest drawdown, the earliest of equal ones: last instant at the peak. Unit: time. Null where: no_drawdown.
             */
            peak_at?: string | null;
            /**
             * Trough at
             * @description Trough at: first instant at its lowest level. Unit: time. Null where: no_drawdown.
             */
            trough_at?: string | null;
            /**
             * Recovered at
             * @description Recovered at: first instant at or above the peak again, to 1e-14 of it. Unit: time. Null where: no_drawdown; not_recovered.
             */
            recovered_at?: string | null;
            /**
             * Under water for
             * @description Under water for: as_of − last instant at the peak, to 1e-14 of it; 0 at the peak. Unit: seconds.
             * @example 86400
             */
            underwater_seconds?: number | null;
            /**
             * Longest under water
             * @description Longest under water: longest time from peak to recovery, the open one included. Unit: seconds.
             * @example 172800
             */
            longest_seconds?: number | null;
            /**
             * Recovery of the deepest
             * @description Recovery of the deepest: from the trough of the largest drawdown to its recovery. Unit: seconds. Null where: no_drawdown; not_recovered.
             * @example 86400
             */
            recovery_seconds?: number | null;
            /** Episodes */
            episodes?: (components["schemas"]["SnapshotDrawdownEpisodesEach"] | null)[] | null;
            /**
             * Ulcer index
             * @description Ulcer index: √(mean of d²), of the closes of the observed bars after the base, d their depth below the highest so far. Unit: fraction. Sign: a loss is positive. Null where: too_few: under 2 closes; unobserved.
             * @example 0.2358495283014151
             */
            ulcer_index?: number | null;
            /**
             * Pain index
             * @description Pain index: mean of d, of the closes of the observed bars after the base, d their depth below the highest so far. Unit: fraction. Sign: a loss is positive. Null where: too_few: under 2 closes; unobserved.
             * @example 0.1625
             */
            pain_index?: number | null;
            /**
             * Time under water
             * @description Time under water: share with d > 0, of the closes of the observed bars after the base, d their depth below the highest so far. Unit: fraction. Null where: too_few: under 2 closes; unobserved.
             * @example 0.5
             */
            time_under_water?: number | null;
            /**
             * Average drawdown
             * @description Average drawdown: mean depth of the episodes, the open one included: closes below the last at a peak until one is at or above it again. Unit: fraction. Sign: a loss is positive. Null where: no_drawdown; unobserved.
             * @example 0.325
             */
            average?: number | null;
            /**
             * Average time under water
             * @description Average time under water: mean time of these episodes, from the close at the peak to the recovery; of the open one to the last close. Unit: seconds. Null where: no_drawdown; unobserved.
             * @example 129600
             */
            average_seconds?: number | null;
            durations?: components["schemas"]["SnapshotDrawdownDurations"] | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotDrawdownDurations */
        SnapshotDrawdownDurations: {
            /**
             * Drawdowns counted
             * @description Drawdowns counted: number of the episodes of drawdown.average, the open one included. Unit: count. Null where: unobserved.
             * @example 2
             */
            n?: number | null;
            /**
             * Drawdown time, 50% quantile
             * @description Drawdown time, 50% quantile: the 50% quantile of the durations of the episodes of drawdown.average_seconds, the open one included; type 7; beyond 1,024 of them within 1 % from a histogram, named in quality.approximate. Unit: seconds. Null where: no_drawdown; unobserved.
             * @example 129600
             */
            p50?: number | null;
            /**
             * Drawdown time, 75% quantile
             * @description Drawdown time, 75% quantile: the 75% quantile of the durations of the episodes of drawdown.average_seconds, the open one included; type 7; beyond 1,024 of them within 1 % from a histogram, named in quality.approximate. Unit: seconds. Null where: no_drawdown; unobserved.
             * @example 151200
             */
            p75?: number | null;
            /**
             * Drawdown time, 90% quantile
             * @description Drawdown time, 90% quantile: the 90% quantile of the durations of the episodes of drawdown.average_seconds, the open one included; type 7; beyond 1,024 of them within 1 % from a histogram, named in quality.approximate. Unit: seconds. Null where: no_drawdown; unobserved; too_few.
             */
            p90?: number | null;
            /**
             * Drawdown time, 95% quantile
             * @description Drawdown time, 95% quantile: the 95% quantile of the durations of the episodes of drawdown.average_seconds, the open one included; type 7; beyond 1,024 of them within 1 % from a histogram, named in quality.approximate. Unit: seconds. Null where: no_drawdown; unobserved; too_few.
             */
            p95?: number | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotDrawdownEpisodesEach */
        SnapshotDrawdownEpisodesEach: {
            /**
             * Depth
             * @description Depth: (peak − trough) / peak; the five deepest, deepest first. Unit: fraction. Sign: a loss is positive.
             * @example 0.25
             */
            depth?: number | null;
            /**
             * Peak at
             * @description Peak at: last instant at its peak; the five deepest, deepest first. Unit: time.
             */
            peak_at?: string | null;
            /**
             * Trough at
             * @description Trough at: first at its lowest level; the five deepest, deepest first. Unit: time.
             */
            trough_at?: string | null;
            /**
             * Recovered at
             * @description Recovered at: its recovery; the five deepest, deepest first. Unit: time. Null where: not_recovered.
             */
            recovered_at?: string | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotMonths */
        SnapshotMonths: {
            /**
             * Months counted
             * @description Months counted: number of the complete calendar months (UTC): those whose level at both ends is known. Their returns m are those of calendar.months. Unit: count.
             * @example 3
             */
            n?: number | null;
            /**
             * Mean
             * @description Mean: mean(m) · 12. Unit: fraction a year. Sign: a gain is positive. Annualised: × 12. Null where: too_few: n < 2.
             * @example 0.8
             */
            mean?: number | null;
            /**
             * Volatility
             * @description Volatility: sd(m) · √12. Unit: fraction a year. Annualised: × √12. Null where: too_few: n < 2.
             * @example 0.5291502622129182
             */
            volatility?: number | null;
            /**
             * Sharpe
             * @description Sharpe: mean(m − rf) / sd(m) · √12; a rate a year is (1 + rate)^(1/12) − 1 for a month. Unit: ratio. Annualised: × √12. Null where: too_few: n < 2; zero_variance.
             * @example 1.5118578920369086
             */
            sharpe?: number | null;
            /**
             * Sortino
             * @description Sortino: mean(m − target) / √(mean of min(m − target, 0)²) · √12; a rate a year is (1 + rate)^(1/12) − 1 for a month. Unit: ratio. Annualised: × √12. Null where: too_few: n < 2; no_loss.
             * @example 3.9999999999999996
             */
            sortino?: number | null;
            /**
             * Best
             * @description Best: the largest m. Unit: fraction of the level over a month. Sign: a gain is positive. Null where: too_few: n < 1.
             * @example 0.2
             */
            best?: number | null;
            /**
             * Worst
             * @description Worst: the smallest m. Unit: fraction of the level over a month. Sign: a gain is positive. Null where: too_few: n < 1.
             * @example -0.1
             */
            worst?: number | null;
            /**
             * Share above 0
             * @description Share above 0: share of these months with m > 0. Unit: fraction. Null where: too_few: n < 1.
             * @example 0.6666666666666666
             */
            positive_share?: number | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotQuality */
        SnapshotQuality: {
            /**
             * Sources
             * @description *: venues and symbols that make the price of each asset. Unit: names.
             */
            sources?: {
                [key: string]: string[];
            };
            /**
             * Left out
             * @description Left out: sources left out, each with its reason: stale (no trade for some time), outlier (its price is far from the others'), lagging (the price moved away and it has not traded since), thin (its venue has less than 1 % of the volume), no_conversion (no price of its quote currency in USD), excluded (left out by hand), two_coins (it prices another coin of the same name). Unit: list.
             */
            excluded?: components["schemas"]["LeftOutModel"][];
            /**
             * Flags
             * @description Flags: assumed_peg: USDT and USDC count as 1 USD; stale_rate: a quote currency counts at its last known rate; single_source: one source alone makes a price; disputed: the sources disagree so much that a price may be wrong; two_coins: a source prices another coin of the same name; stale: no source of an asset is fresh; no_price:A, no_weight:A, unknown_cap:A: the asset A has had no price yet, got no weight at the last rebalance, has no known market cap; pending:A: a planned change or a new coin waits for A's first price; jump:A: the price of A stepped by a factor of 50 or more, and no event tells why; clock_stepped: the clock of a connector was set, and the log's time is not the right one until that has come up to it. Unit: list.
             */
            flags?: string[];
            /**
             * Approximate
             * @description Approximate: figures that are within 1 %, not exact. Unit: list of paths.
             */
            approximate?: string[];
            /**
             * Oldest price
             * @description Oldest price: age of the oldest last price of the assets that have a holding. Unit: seconds. Null where: not_started.
             * @example 0
             */
            oldest_price_seconds?: number | null;
            /**
             * Gaps in 24 h
             * @description Gaps in 24 h: time within the last 24 h that lies in a gap of some source of an asset. Unit: seconds.
             * @example 0
             */
            gap_seconds_24h?: number | null;
            backfilled?: components["schemas"]["SnapshotQualityBackfilled"] | null;
            /**
             * Drawdown in filled gaps
             * @description Drawdown in filled gaps: an estimate for quality only, which moves no level, peak or alert: the largest, over the gaps that backfilled.gaps_24h counts, of 1 − L/peak, where L is the level with the lowest backfilled price of the gap's source in place of the asset's price, with the holdings, other prices, peak and divisor of now; 0 where L is above the peak. The low is in USD by the rate of the source's quote currency when the gap was filled, and the peak may be later than the gap. Unit: fraction of the peak. Sign: never negative. Null where: not_started, nothing_filled.
             */
            gap_drawdown?: number | null;
            /**
             * Unobserved bars
             * @description Unobserved bars: bars since inception in which no asset had a price; they give no return. Unit: count.
             * @example 1
             */
            unobserved_bars?: number | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotQualityBackfilled */
        SnapshotQualityBackfilled: {
            /**
             * Trades fetched in 24 h
             * @description Trades fetched in 24 h: missing trades that came afterwards, of the gaps that backfilled.gaps_24h counts. Unit: count.
             * @example 0
             */
            trades_24h?: number | null;
            /**
             * Gaps filled in 24 h
             * @description Gaps filled in 24 h: gaps of sources of the assets that end within the last 24 h and were filled afterwards; gap_seconds_24h leaves them out. Unit: count.
             * @example 0
             */
            gaps_24h?: number | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotRegime */
        SnapshotRegime: {
            /**
             * Reference
             * @description Reference: basket whose daily closes decide: first benchmark, or itself; with another one the figures by regime begin anew. Unit: id.
             */
            reference?: string | null;
            /**
             * Trend
             * @description Trend: at each daily close of the reference: bear from 20 % below the highest close of the rise on, bull from 20 % above the lowest close of the fall on; either is sideways once that extreme is 21 days old and until it is passed or a turn comes, so all closes since lie within 20 % of it; three weeks are where Dow theory ends the day to day movements. Unit: bull, bear or sideways. Null where: no_turn: no move of 20 % yet; not_started.
             */
            trend?: string | null;
            /**
             * Trend since
             * @description Trend since: the daily close at which it began. Unit: time. Null where: no_turn; not_started.
             */
            trend_since?: string | null;
            /**
             * Volatility
             * @description Volatility: v = √(Σ0.94^k·x² / Σ0.94^k) over the reference's daily returns x, k returns ago, against the median of its last 730 values, the first being that of the tenth return: high from 1.125 times on, low again at 0.875 times; at first, high where at least the median. Unit: high or low. Null where: too_few: under 90 daily returns; zero_variance; not_started.
             */
            volatility?: string | null;
            /**
             * Volatility since
             * @description Volatility since: the daily close at which it began. Unit: time. Null where: too_few; zero_variance; not_started.
             */
            volatility_since?: string | null;
            bull?: components["schemas"]["SnapshotRegimeEach"] | null;
            bear?: components["schemas"]["SnapshotRegimeEach"] | null;
            sideways?: components["schemas"]["SnapshotRegimeEach"] | null;
            high_volatility?: components["schemas"]["SnapshotRegimeEach"] | null;
            low_volatility?: components["schemas"]["SnapshotRegimeEach"] | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotRegimeEach */
        SnapshotRegimeEach: {
            /**
             * Returns counted
             * @description Returns counted: number of the bars that began within the regime, as judged then. Unit: count.
             * @example 19
             */
            n?: number | null;
            /**
             * Return
             * @description Return: Π(1 + r) − 1 over the bars that began within the regime, as judged then. Unit: fraction. Null where: too_few: n < 1.
             * @example 0.03560159768625781
             */
            return?: number | null;
            /**
             * Volatility
             * @description Volatility: sd(r) · √A over the bars that began within the regime, as judged then. Unit: fraction a year. Annualised: × √A, A bars a year. Null where: too_few: n < 2.
             * @example 0.7840515557699399
             */
            volatility?: number | null;
            /**
             * Sharpe
             * @description Sharpe: mean(r − rf) / sd(r) · √A over the bars that began within the regime, as judged then. Unit: ratio. Annualised: × √A, A bars a year. Null where: too_few: n < 2; zero_variance.
             * @example -0.9800644447124248
             */
            sharpe?: number | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotReturns */
        SnapshotReturns: {
            /**
             * 1h
             * @description 1h: level / level at the anchor − 1; the anchor is as_of − 1 h, floored to the minute, its level the last one at or before it. Unit: fraction. Sign: a gain is positive. Null where: too_short: the index began after the anchor; not_started; no_price (1h): no price in the hour before the anchor.
             * @example 0.02
             */
            "1h"?: number | null;
            /**
             * 1d
             * @description 1d: level / level at the anchor − 1; the anchor is as_of − 1 d, floored to the minute, its level the last one at or before it. Unit: fraction. Sign: a gain is positive. Null where: too_short: the index began after the anchor; not_started.
             * @example 0.001
             */
            "1d"?: number | null;
            /**
             * 7d
             * @description 7d: level / level at the anchor − 1; the anchor is as_of − 7 d, floored to the hour, its level the last one at or before it. Unit: fraction. Sign: a gain is positive. Null where: too_short: the index began after the anchor; not_started.
             * @example 0.007021035035020162
             */
            "7d"?: number | null;
            /**
             * 30d
             * @description 30d: level / level at the anchor − 1; the anchor is as_of − 30 d, floored to the hour, its level the last one at or before it. Unit: fraction. Sign: a gain is positive. Null where: too_short: the index began after the anchor; not_started.
             * @example 0.03043908754809843
             */
            "30d"?: number | null;
            /**
             * 90d
             * @description 90d: level / level at the anchor − 1; the anchor is as_of − 90 d, floored to the UTC day, its level the last one at or before it. Unit: fraction. Sign: a gain is positive. Null where: too_short: the index began after the anchor; not_started.
             * @example 0.0941250797694213
             */
            "90d"?: number | null;
            /**
             * 1y
             * @description 1y: level / level at the anchor − 1; the anchor is the same date a year ago, 00:00 UTC (29 February: the 28th), its level the last one at or before it. Unit: fraction. Sign: a gain is positive. Null where: too_short: the index began after the anchor; not_started.
             * @example 0.4416915647429498
             */
            "1y"?: number | null;
            /**
             * 3y
             * @description 3y: level / level at the anchor − 1; the anchor is the same date three years ago, 00:00 UTC, its level the last one at or before it. Unit: fraction. Sign: a gain is positive. Null where: too_short: the index began after the anchor; not_started.
             * @example 1
             */
            "3y"?: number | null;
            /**
             * 5y
             * @description 5y: level / level at the anchor − 1; the anchor is the same date five years ago, 00:00 UTC, its level the last one at or before it. Unit: fraction. Sign: a gain is positive. Null where: too_short: the index began after the anchor; not_started.
             * @example 1
             */
            "5y"?: number | null;
            /**
             * Month to date
             * @description Month to date: level / level at the anchor − 1; the anchor is 00:00 UTC of the month's first day, its level the last one at or before it. Unit: fraction. Sign: a gain is positive. Null where: too_short: the index began after the anchor; not_started.
             * @example 0.0030030009999997276
             */
            mtd?: number | null;
            /**
             * Quarter to date
             * @description Quarter to date: level / level at the anchor − 1; the anchor is 00:00 UTC of the quarter's first day, its level the last one at or before it. Unit: fraction. Sign: a gain is positive. Null where: too_short: the index began after the anchor; not_started.
             * @example 0.034567030655602515
             */
            qtd?: number | null;
            /**
             * Year to date
             * @description Year to date: level / level at the anchor − 1; the anchor is 00:00 UTC of 1 January, its level the last one at or before it. Unit: fraction. Sign: a gain is positive. Null where: too_short: the index began after the anchor; not_started.
             * @example 0.034567030655602515
             */
            ytd?: number | null;
            /**
             * Since start
             * @description Since start: level / base_level − 1. Unit: fraction. Sign: a gain is positive. Null where: not_started.
             * @example 0.0692
             */
            inception?: number | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotRisk */
        SnapshotRisk: {
            /**
             * Returns counted
             * @description Returns counted: number of bar returns. Unit: count.
             * @example 4
             */
            n?: number | null;
            /**
             * Volatility
             * @description Volatility: sd(r) · √A. Unit: fraction a year. Annualised: × √A, A bars a year. Null where: too_few: n < 2.
             * @example 0.3
             */
            volatility?: number | null;
            /**
             * Downside deviation
             * @description Downside deviation: √(mean over all n of min(r − target, 0)²) · √A, each r against the target in force at its bar's end, of one bar: (1 + target)^(1/A) − 1. Unit: fraction a year. Annualised: × √A, A bars a year. Null where: too_few: n < 2.
             * @example 0.1414213562373095
             */
            downside_deviation?: number | null;
            /**
             * Volatility, EWMA
             * @description Volatility, EWMA: √(Σw·r² / Σw · A), w halves every ewma_half_life in force, about zero. Unit: fraction a year. Annualised: × √A, A bars a year. Null where: too_few: n < 10.
             * @example 0.1414904602513222
             */
            ewma_volatility?: number | null;
            /**
             * Sharpe
             * @description Sharpe: mean(r − rf) / sd(r) · √A, rf = (1 + risk_free)^(1/A) − 1. Unit: ratio. Annualised: × √A, A bars a year. Null where: too_few: n < 2; zero_variance: sd < 1e-12.
             * @example 0.3333333333333333
             */
            sharpe?: number | null;
            /**
             * Sharpe, std. error
             * @description Sharpe, std. error: √(A·Ω/n), Ω the long-run variance of ψ = x/σ − S/2·(x²/σ² − 1), x = r − mean, S the sharpe of one bar; Newey-West, Bartlett weights, lag min(⌊4(n/100)^(2/9)⌋, 20). Unit: ratio, as sharpe. Annualised: × √A, A bars a year. Null where: too_few: n < 20; zero_variance.
             * @example 0.3122498999199199
             */
            sharpe_se?: number | null;
            /**
             * Probability Sharpe > 0
             * @description Probability Sharpe > 0: Φ(sharpe / sharpe_se): how probable it is that the true Sharpe ratio is above 0. Unit: probability. Null where: too_few: n < 20; zero_variance.
             * @example 0.5
             */
            psr?: number | null;
            /**
             * Sortino
             * @description Sortino: mean(r − target) · √A / √(mean of min(r − target, 0)²), target of one bar as there. Unit: ratio. Annualised: × √A, A bars a year. Null where: too_few: n < 2; no_loss: no return below the target.
             * @example 0.7071067811865476
             */
            sortino?: number | null;
            /**
             * Calmar
             * @description Calmar: cagr / drawdown.max. Unit: ratio. Null where: too_short: as cagr; no_loss: no drawdown of 1e-14 or more.
             * @example 1.2982773621901567
             */
            calmar?: number | null;
            /**
             * Calmar, 36 months
             * @description Calmar, 36 months: annualised.3y / largest drawdown over the levels at 00:00 UTC of the last three years. Unit: ratio. Null where: too_short: under three years; no_loss: no drawdown of 1e-14 or more.
             * @example 1.299605249474366
             */
            calmar_36m?: number | null;
            /**
             * Omega
             * @description Omega: Σ max(r − threshold, 0) / Σ max(threshold − r, 0), each r about the omega_threshold in force at its bar's end, of one bar: (1 + omega_threshold)^(1/A) − 1. Unit: ratio. Null where: too_few: n < 2; no_loss: losses sum to less than 1e-12.
             * @example 1.5
             */
            omega?: number | null;
            /**
             * Skew
             * @description Skew: G1 = √(n(n−1))/(n−2) · m3/m2^1.5, m the moments about the mean over n. Unit: number. Sign: a long tail of gains is positive. Null where: too_few: n < 3; zero_variance.
             * @example 0.37037037037037035
             */
            skew?: number | null;
            /**
             * Excess kurtosis
             * @description Excess kurtosis: G2 = (n−1)/((n−2)(n−3)) · ((n+1)·(m4/m2² − 3) + 6), excess over the normal's. Unit: number. Null where: too_few: n < 4; zero_variance.
             * @example -3.901234567901234
             */
            kurtosis?: number | null;
            /**
             * VaR 95%
             * @description VaR 95%: minus the 5 % quantile of r, linear interpolation (type 7); within 1 % from a histogram beyond 4,096 bars (of the returns that it lies between; 1e-8 and less reads as 0), named in quality.approximate. Unit: fraction of the level over one bar. Sign: a loss is positive. Null where: too_few: n < 20.
             * @example 0.045
             */
            var_95?: number | null;
            /**
             * VaR 99%
             * @description VaR 99%: minus the 1 % quantile of r, linear interpolation (type 7); within 1 % from a histogram beyond 4,096 bars (of the returns that it lies between; 1e-8 and less reads as 0), named in quality.approximate. Unit: fraction of the level over one bar. Sign: a loss is positive. Null where: too_few: n < 100.
             * @example 0.049
             */
            var_99?: number | null;
            /**
             * CVaR 95%
             * @description CVaR 95%: minus the mean of the ⌊(n−1)·5/100⌋+1 lowest r; beyond 4,096 bars as var_95. Unit: fraction of the level over one bar. Sign: a loss is positive. Null where: too_few: n < 20.
             * @example 0.0475
             */
            cvar_95?: number | null;
            /**
             * CVaR 99%
             * @description CVaR 99%: minus the mean of the ⌊(n−1)·1/100⌋+1 lowest r; beyond 4,096 bars as var_99. Unit: fraction of the level over one bar. Sign: a loss is positive. Null where: too_few: n < 100.
             * @example 0.0495
             */
            cvar_99?: number | null;
            /**
             * VaR 95%, Cornish-Fisher
             * @description VaR 95%, Cornish-Fisher: −(mean + sd·(z + (z²−1)S/6 + (z³−3z)K/24 − (2z³−5z)S²/36)), S and K the population skewness and excess kurtosis, z the 5 % normal quantile. Unit: fraction of the level over one bar. Sign: a loss is positive. Null where: too_few: n < 20; zero_variance; cf_domain: the expansion does not rise with z over all z: unless a = K/8 − S²/6 ≥ 0, c = 1 − K/8 + 5S²/36 > 0 and S²/9 ≤ 4ac, to 1e-9.
             * @example 0.016246728803885238
             */
            var_95_cf?: number | null;
            /**
             * VaR 99%, Cornish-Fisher
             * @description VaR 99%, Cornish-Fisher: −(mean + sd·(z + (z²−1)S/6 + (z³−3z)K/24 − (2z³−5z)S²/36)), S and K the population skewness and excess kurtosis, z the 1 % normal quantile. Unit: fraction of the level over one bar. Sign: a loss is positive. Null where: too_few: n < 20; zero_variance; cf_domain: the expansion does not rise with z over all z: unless a = K/8 − S²/6 ≥ 0, c = 1 − K/8 + 5S²/36 > 0 and S²/9 ≤ 4ac, to 1e-9.
             * @example 0.025601356024614327
             */
            var_99_cf?: number | null;
            var_95_exceedances?: components["schemas"]["SnapshotRiskVar95Exceedances"] | null;
            var_99_exceedances?: components["schemas"]["SnapshotRiskVar99Exceedances"] | null;
            /**
             * Win rate
             * @description Win rate: bars with r > 0 / bars with r ≠ 0. Unit: fraction. Null where: too_few: n < 2; unobserved; zero_variance: no bar moved.
             * @example 0.5
             */
            win_rate?: number | null;
            /**
             * Payoff
             * @description Payoff: mean of the r above 0 / mean of the magnitudes of those below 0. Unit: ratio. Null where: too_few: n < 2; unobserved; no_loss; no_gain.
             * @example 1.5
             */
            payoff?: number | null;
            /**
             * Profit factor
             * @description Profit factor: Σ of the r above 0 / Σ of the magnitudes of those below 0. Unit: ratio. Null where: too_few: n < 2; unobserved; no_loss.
             * @example 1.5
             */
            profit_factor?: number | null;
            /**
             * Gain to pain
             * @description Gain to pain: Σ r / Σ of the magnitudes of the r below 0. Unit: ratio. Null where: too_few: n < 2; unobserved; no_loss.
             * @example 0.5
             */
            gain_to_pain?: number | null;
            /**
             * Kelly
             * @description Kelly: win_rate − (1 − win_rate) / payoff. Unit: fraction of the capital. Null where: too_few: n < 2; unobserved; no_loss; no_gain.
             * @example 0.16666666666666666
             */
            kelly?: number | null;
            /**
             * D ratio
             * @description D ratio: losing bars · Σ of their magnitudes / (winning bars · Σ of their r). Unit: ratio. Null where: too_few: n < 2; unobserved; no_gain.
             * @example 0.6666666666666666
             */
            d_ratio?: number | null;
            /**
             * Best bar
             * @description Best bar: the largest r. Unit: fraction of the level over one bar. Sign: a gain is positive. Null where: too_few: n < 1; unobserved.
             * @example 0.2
             */
            best_bar?: number | null;
            /**
             * Worst bar
             * @description Worst bar: the smallest r. Unit: fraction of the level over one bar. Sign: a gain is positive. Null where: too_few: n < 1; unobserved.
             * @example -0.1
             */
            worst_bar?: number | null;
            /**
             * Best day
             * @description Best day: the largest return of a UTC day, of those that have a price, as has the day before. Unit: fraction of the level over a day. Sign: a gain is positive. Null where: too_few: no two such days; unobserved.
             * @example 0.2
             */
            best_day?: number | null;
            /**
             * Worst day
             * @description Worst day: the smallest return of a UTC day, of those that have a price, as has the day before. Unit: fraction of the level over a day. Sign: a gain is positive. Null where: too_few: no two such days; unobserved.
             * @example -0.1
             */
            worst_day?: number | null;
            /**
             * Mean return
             * @description Mean return: mean(r) · A. Unit: fraction a year. Sign: a gain is positive. Annualised: × A, arithmetic. Null where: too_few: n < 2.
             * @example 0.1
             */
            mean_return?: number | null;
            /**
             * VaR 95%, normal
             * @description VaR 95%, normal: −(mean + sd·z), z the 5 % quantile of the normal distribution. Unit: fraction of the level over one bar. Sign: a loss is positive. Null where: too_few: n < 20; zero_variance.
             * @example 0.016448536269514723
             */
            var_95_gaussian?: number | null;
            /**
             * VaR 99%, normal
             * @description VaR 99%, normal: −(mean + sd·z), z the 1 % quantile of the normal distribution. Unit: fraction of the level over one bar. Sign: a loss is positive. Null where: too_few: n < 20; zero_variance.
             * @example 0.02326347874040841
             */
            var_99_gaussian?: number | null;
            /**
             * CVaR 95%, normal
             * @description CVaR 95%, normal: −mean + sd·φ(z) / 5 %, z the 5 % quantile of the normal distribution and φ its density. Unit: fraction of the level over one bar. Sign: a loss is positive. Null where: too_few: n < 20; zero_variance.
             * @example 0.020627128075074278
             */
            cvar_95_gaussian?: number | null;
            /**
             * CVaR 99%, normal
             * @description CVaR 99%, normal: −mean + sd·φ(z) / 1 %, z the 1 % quantile of the normal distribution and φ its density. Unit: fraction of the level over one bar. Sign: a loss is positive. Null where: too_few: n < 20; zero_variance.
             * @example 0.026652142203457997
             */
            cvar_99_gaussian?: number | null;
            /**
             * Tail ratio
             * @description Tail ratio: |95 % quantile of r| / |5 % quantile of r|, type 7; beyond 4,096 bars as var_95. Unit: ratio. Null where: too_few: n < 20; no_loss: the 5 % quantile is 0.
             * @example 1
             */
            tail_ratio?: number | null;
            /**
             * Bars to be sure of Sharpe
             * @description Bars to be sure of Sharpe: n · (z · sharpe_se / sharpe)², z the 95 % quantile of the normal distribution: from so many bars on psr would be 0.95 at this Sharpe ratio. Unit: number of bars. Null where: too_few: n < 20; zero_variance; no_gain: the Sharpe ratio is not above 0.
             */
            min_track_record?: number | null;
            /**
             * Upside potential
             * @description Upside potential: mean over all n of max(r − target, 0). Unit: fraction of the level over one bar. Null where: too_few: n < 2; unobserved.
             * @example 0.075
             */
            upside_potential?: number | null;
            /**
             * Downside potential
             * @description Downside potential: mean over all n of max(target − r, 0). Unit: fraction of the level over one bar. Null where: too_few: n < 2; unobserved.
             * @example 0.05
             */
            downside_potential?: number | null;
            /**
             * Upside potential ratio
             * @description Upside potential ratio: upside_potential / √(mean over all n of min(r − target, 0)²). Unit: ratio. Null where: too_few: n < 2; unobserved; no_loss: no return below the target.
             * @example 1.0606601717798212
             */
            upside_potential_ratio?: number | null;
            /**
             * Upside deviation
             * @description Upside deviation: √(mean over all n of max(r − target, 0)²) · √A. Unit: fraction a year. Annualised: × √A, A bars a year. Null where: too_few: n < 2; unobserved.
             * @example 0.22360679774997896
             */
            upside_deviation?: number | null;
            /**
             * Upside frequency
             * @description Upside frequency: share of all n with r > target. Unit: fraction. Null where: too_few: n < 2; unobserved.
             * @example 0.5
             */
            upside_frequency?: number | null;
            /**
             * Stability
             * @description Stability: R² of the straight line through the logs of the closes of the observed bars after the base, by their number. Unit: fraction. Null where: too_few: under 3 closes; zero_variance; unobserved.
             * @example 0.03365687480879636
             */
            stability?: number | null;
            /**
             * Martin
             * @description Martin: (cagr − risk_free) / drawdown.ulcer_index. Unit: ratio. Null where: too_short: as cagr; no_loss; unobserved.
             * @example 1.5900585409861947
             */
            martin?: number | null;
            /**
             * Pain ratio
             * @description Pain ratio: (cagr − risk_free) / drawdown.pain_index. Unit: ratio. Null where: too_short: as cagr; no_loss; unobserved.
             * @example 1.947416043285235
             */
            pain_ratio?: number | null;
            /**
             * Sterling
             * @description Sterling: cagr / (drawdown.max + 0.1). Unit: ratio. Null where: too_short: as cagr; unobserved.
             * @example 0.8655182414601045
             */
            sterling?: number | null;
            /**
             * Burke
             * @description Burke: (cagr − risk_free) / √(Σ of squared depths of the episodes). Unit: ratio. Null where: too_short: as cagr; no_loss; unobserved.
             * @example 1.2982773621901567
             */
            burke?: number | null;
            /**
             * Burke modified
             * @description Burke modified: burke · √(number of closes). Unit: ratio. Null where: too_short: as cagr; no_loss; unobserved.
             * @example 2.2486823536298526
             */
            burke_modified?: number | null;
            /**
             * Recovery factor
             * @description Recovery factor: returns.inception / drawdown.max. Unit: ratio. Null where: no_loss.
             * @example 5
             */
            recovery_factor?: number | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotRiskVar95Exceedances */
        SnapshotRiskVar95Exceedances: {
            /**
             * Returns counted
             * @description Returns counted: returns held each against the var_95 of the returns before it. Unit: count.
             * @example 340
             */
            n?: number | null;
            /**
             * Expected
             * @description Expected: n · 5 %. Unit: count.
             * @example 17
             */
            expected?: number | null;
            /**
             * Observed
             * @description Observed: losses above the var_95 that was published before them; 1e-14 above is as great. Unit: count.
             * @example 0
             */
            observed?: number | null;
            /**
             * Kupiec p
             * @description Kupiec p: χ²(1) probability of −2·ln(p^x(1−p)^(n−x) / (x/n)^x(1−x/n)^(n−x)), x observed. Unit: probability. Null where: too_few: n < 250.
             * @example 3.507653475308331e-9
             */
            kupiec_p?: number | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotRiskVar99Exceedances */
        SnapshotRiskVar99Exceedances: {
            /**
             * Returns counted
             * @description Returns counted: returns held each against the var_99 of the returns before it. Unit: count.
             * @example 260
             */
            n?: number | null;
            /**
             * Expected
             * @description Expected: n · 1 %. Unit: count.
             * @example 2.6
             */
            expected?: number | null;
            /**
             * Observed
             * @description Observed: losses above the var_99 that was published before them; 1e-14 above is as great. Unit: count.
             * @example 0
             */
            observed?: number | null;
            /**
             * Kupiec p
             * @description Kupiec p: χ²(1) probability of −2·ln(p^x(1−p)^(n−x) / (x/n)^x(1−x/n)^(n−x)), x observed. Unit: probability. Null where: too_few: n < 250.
             * @example 0.022249414063721995
             */
            kupiec_p?: number | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotRollingEach */
        SnapshotRollingEach: {
            /**
             * Latest
             * @description Latest: the last of the returns of all windows of that length that ended at 00:00 UTC of a day with a price. Unit: fraction. Sign: a gain is positive. Null where: too_short: no whole window yet.
             * @example 0.03043908754809843
             */
            latest?: number | null;
            /**
             * Lowest
             * @description Lowest: the lowest of the returns of all windows of that length that ended at 00:00 UTC of a day with a price. Unit: fraction. Sign: a gain is positive. Null where: too_short: no whole window yet.
             * @example 0.03043908754809843
             */
            min?: number | null;
            /**
             * Median
             * @description Median: the median (type 7) of the returns of all windows of that length that ended at 00:00 UTC of a day with a price. Unit: fraction. Sign: a gain is positive. Null where: too_short: no whole window yet.
             * @example 0.03043908754809843
             */
            median?: number | null;
            /**
             * Highest
             * @description Highest: the highest of the returns of all windows of that length that ended at 00:00 UTC of a day with a price. Unit: fraction. Sign: a gain is positive. Null where: too_short: no whole window yet.
             * @example 0.03043908754809843
             */
            max?: number | null;
            /**
             * Share above 0
             * @description Share above 0: share of these returns above 0. Unit: fraction. Null where: too_short: no whole window yet.
             * @example 1
             */
            positive_share?: number | null;
            /**
             * Windows counted
             * @description Windows counted: their number. Unit: count.
             * @example 371
             */
            n?: number | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotRowDrawdown */
        SnapshotRowDrawdown: {
            /**
             * Current
             * @description Current: (peak − level) / peak, the peak of every instant so far. Unit: fraction. Sign: a loss is positive.
             * @example 0.25
             */
            current?: number | null;
            /**
             * Deepest drawdown
             * @description Deepest drawdown: largest drawdown over every instant. Unit: fraction. Sign: a loss is positive.
             * @example 0.4
             */
            max?: number | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotRowReturns */
        SnapshotRowReturns: {
            /**
             * 1d
             * @description 1d: level / level at the anchor − 1; the anchor is as_of − 1 d, floored to the minute, its level the last one at or before it. Unit: fraction. Sign: a gain is positive. Null where: too_short: the index began after the anchor; not_started.
             * @example 0.001
             */
            "1d"?: number | null;
            /**
             * Since start
             * @description Since start: level / base_level − 1. Unit: fraction. Sign: a gain is positive. Null where: not_started.
             * @example 0.0692
             */
            inception?: number | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotRowRisk */
        SnapshotRowRisk: {
            /**
             * Volatility
             * @description Volatility: sd(r) · √A. Unit: fraction a year. Annualised: × √A, A bars a year. Null where: too_few: n < 2.
             * @example 0.3
             */
            volatility?: number | null;
            /**
             * Sharpe
             * @description Sharpe: mean(r − rf) / sd(r) · √A, rf = (1 + risk_free)^(1/A) − 1. Unit: ratio. Annualised: × √A, A bars a year. Null where: too_few: n < 2; zero_variance: sd < 1e-12.
             * @example 0.3333333333333333
             */
            sharpe?: number | null;
            /**
             * Sortino
             * @description Sortino: mean(r − target) · √A / √(mean of min(r − target, 0)²), target of one bar as there. Unit: ratio. Annualised: × √A, A bars a year. Null where: too_few: n < 2; no_loss: no return below the target.
             * @example 0.7071067811865476
             */
            sortino?: number | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotWindowsEach */
        SnapshotWindowsEach: {
            /**
             * Returns counted
             * @description Returns counted: number of returns, of the closes within (anchor, end] of minutes (1d), hours (7d, 30d) or days (90d, 1y); end is the last bar end; a bar without a price gives none. Unit: count.
             * @example 90
             */
            n?: number | null;
            /** Benchmarks */
            benchmarks?: {
                [key: string]: components["schemas"]["SnapshotWindowsEachBenchmarksEach"] | null;
            } | null;
            /**
             * Return
             * @description Return: last close / level at the anchor − 1; bars without a price count here, of the closes within (anchor, end] of minutes (1d), hours (7d, 30d) or days (90d, 1y); end is the last bar end. Unit: fraction. Sign: a gain is positive. Null where: too_short: the index began after the anchor.
             * @example -0.0044901141751122475
             */
            return?: number | null;
            /**
             * Volatility
             * @description Volatility: sd(r) · √A, A bars of this kind a year, of the closes within (anchor, end] of minutes (1d), hours (7d, 30d) or days (90d, 1y); end is the last bar end. Unit: fraction a year. Annualised: × √A, A bars a year. Null where: too_short: the index began after the anchor; too_few: n is under half of the window's bars.
             * @example 0.19212004674044444
             */
            volatility?: number | null;
            /**
             * Sharpe
             * @description Sharpe: as risk.sharpe, of the closes within (anchor, end] of minutes (1d), hours (7d, 30d) or days (90d, 1y); end is the last bar end. Unit: ratio. Annualised: × √A, A bars a year. Null where: too_short: the index began after the anchor; too_few: n is under half of the window's bars; zero_variance.
             * @example 0
             */
            sharpe?: number | null;
            /**
             * Sortino
             * @description Sortino: as risk.sortino, of the closes within (anchor, end] of minutes (1d), hours (7d, 30d) or days (90d, 1y); end is the last bar end. Unit: ratio. Annualised: × √A, A bars a year. Null where: too_short: the index began after the anchor; too_few: n is under half of the window's bars; no_loss.
             * @example 0
             */
            sortino?: number | null;
            /**
             * Deepest drawdown
             * @description Deepest drawdown: largest drawdown from the level at the anchor on, of the closes within (anchor, end] of minutes (1d), hours (7d, 30d) or days (90d, 1y); end is the last bar end. Unit: fraction. Sign: a loss is positive. Null where: too_short: the index began after the anchor; too_few: n is under half of the window's bars.
             * @example 0.014346647698130988
             */
            max_drawdown?: number | null;
            /**
             * VaR 95%
             * @description VaR 95%: as risk.var_95, of the closes within (anchor, end] of minutes (1d), hours (7d, 30d) or days (90d, 1y); end is the last bar end. Unit: fraction. Sign: a loss is positive. Null where: too_short: the index began after the anchor; too_few: n is under half of the window's bars.
             * @example 0.01
             */
            var_95?: number | null;
        } & {
            [key: string]: unknown;
        };
        /** SnapshotWindowsEachBenchmarksEach */
        SnapshotWindowsEachBenchmarksEach: {
            /**
             * Returns counted
             * @description Returns counted: number of those bars in which both have a return. Unit: count.
             * @example 90
             */
            n?: number | null;
            /**
             * Beta
             * @description Beta: as benchmarks.*.beta, of the bars of the window in which both have a return. Unit: ratio. Null where: too_short: the index or the benchmark began after the anchor; too_few: n is under half of the window's bars; zero_variance.
             * @example 2
             */
            beta?: number | null;
            /**
             * Correlation
             * @description Correlation: as benchmarks.*.correlation, of the bars of the window in which both have a return. Unit: −1 … 1. Null where: too_short: the index or the benchmark began after the anchor; too_few: n is under half of the window's bars; zero_variance.
             * @example 1
             */
            correlation?: number | null;
            /**
             * Alpha
             * @description Alpha: as benchmarks.*.alpha, of the bars of the window in which both have a return. Unit: fraction a year. Annualised: × A. Null where: too_short: the index or the benchmark began after the anchor; too_few: n is under half of the window's bars; zero_variance.
             * @example 0
             */
            alpha?: number | null;
            /**
             * Information ratio
             * @description Information ratio: as benchmarks.*.information_ratio, of the bars of the window in which both have a return. Unit: ratio. Annualised: × √A, A bars a year. Null where: too_short: the index or the benchmark began after the anchor; too_few: n is under half of the window's bars; zero_variance.
             * @example 0
             */
            information_ratio?: number | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * SourceSeen
         * @description What a source said.
         */
        SourceSeen: {
            /**
             * Price
             * @description In USD.
             */
            price: number;
            /**
             * Weight
             * @description Its share of the volume of the asset's sources.
             */
            weight: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * StoredDefinition
         * @description A definition as it stands in the log; all null where none does.
         */
        StoredDefinition: {
            definition: components["schemas"]["DefinitionTable"] | null;
            /**
             * Sha256
             * @description Of its canonical form.
             */
            sha256: string | null;
            /**
             * Since
             * @description In force since then, by the log's time.
             */
            since: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * SymbolFeed
         * @description How a symbol is heard.
         */
        SymbolFeed: {
            /**
             * Symbol
             * @example BTCUSDT
             */
            symbol: string;
            /**
             * Asset
             * @description Null before its first trade.
             * @example BTC
             */
            asset: string | null;
            /**
             * Quote
             * @example USDT
             */
            quote: string | null;
            /**
             * State
             * @enum {string}
             */
            state: "asked" | "accepted" | "refused";
            /**
             * Reason
             * @description Of a refusal, the venue's.
             */
            reason: string | null;
            /** Trades */
            trades: number;
            /**
             * Last
             * @description When the last trade arrived.
             */
            last: string | null;
            /**
             * Silence Seconds
             * @description Since then; null before the first.
             */
            silence_seconds: number | null;
            /**
             * Stalls
             * @description Silences that were trouble.
             */
            stalls: number;
            /**
             * Last Stall
             * @description The last of them in words.
             * @example BTCUSDT silent for 4.1 s while 3 venues traded BTC 90 times
             */
            last_stall: string | null;
            /**
             * Gaps
             * @description Open ones of the last day, the newest ten.
             */
            gaps: components["schemas"]["OpenGapModel"][];
            /**
             * Gaps Open
             * @description How many there are.
             */
            gaps_open: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * TargetModel
         * @description What the owner expects of a figure, and what it is.
         */
        TargetModel: {
            /**
             * Target
             * @example 1.5
             */
            target: number | null;
            /**
             * Value
             * @example 1.27
             */
            value: number | null;
            /** Met */
            met: boolean | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * TargetTable
         * @description A line of `[index.X.targets]` of an index file.
         */
        TargetTable: {
            /**
             * Figure
             * @description What is expected, by its name.
             * @example sharpe
             */
            figure: string;
            /**
             * Value
             * @description The least, or of a loss the most.
             * @example 1.5
             */
            value: number;
        };
        /**
         * Times
         * @description Where a time begins, and behind which it ends.
         */
        Times: {
            /**
             * From
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            from: string;
            /**
             * To
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            to: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * VenueFeed
         * @description How a venue is heard by this process, all its sessions together. Counts are since the
         *     sessions began.
         */
        VenueFeed: {
            /**
             * State
             * @description silent: connected, and no trade for longer than is usual; waiting: between two attempts to connect.
             * @enum {string}
             */
            state: "live" | "silent" | "connecting" | "subscribing" | "waiting" | "stopped";
            /** Sessions */
            sessions: number;
            /**
             * Last
             * @description When the last trade arrived.
             */
            last: string | null;
            /** Silence Seconds */
            silence_seconds: number | null;
            /** Trades */
            trades: number;
            /**
             * Gaps
             * @description Open ones of the last day, of all symbols.
             */
            gaps: number;
            /** Stalls */
            stalls: number;
            /** Reconnects */
            reconnects: number;
            /** Failed Attempts */
            failed_attempts: number;
            /** Malformed */
            malformed: number;
            /** Last Error */
            last_error: string | null;
            /** Symbols */
            symbols: components["schemas"]["SymbolFeed"][];
            /** @description Null where the venue tells no history. */
            backfill: components["schemas"]["BackfillFeed"] | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * VenueLeftOut
         * @description A source that does not, and why.
         */
        VenueLeftOut: {
            /**
             * Source
             * @example okx:BTC-USDT
             */
            source: string;
            /**
             * Reason
             * @example stale
             */
            reason: string;
            /**
             * Indices
             * @example 3
             */
            indices: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * VenueModel
         * @description What the newest snapshots say of a venue, and how it is heard.
         */
        VenueModel: {
            /**
             * Venue
             * @example kraken
             */
            venue: string;
            /** Used */
            used: components["schemas"]["VenueUse"][];
            /** Excluded */
            excluded: components["schemas"]["VenueLeftOut"][];
            /** @description Null where other processes hear the venues (`connect`), or none does. */
            feed: components["schemas"]["VenueFeed"] | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * VenueUse
         * @description A source that prices an asset.
         */
        VenueUse: {
            /**
             * Asset
             * @example BTC
             */
            asset: string;
            /**
             * Indices
             * @description In how many indices.
             * @example 3
             */
            indices: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * Venues
         * @description The venues behind the prices now, by name; the assets that they price; and the indices with
         *     the longest gaps, a hundred at most.
         */
        Venues: {
            /** Venues */
            venues: components["schemas"]["VenueModel"][];
            /** Assets */
            assets: components["schemas"]["AssetSources"][];
            /** Gaps */
            gaps: components["schemas"]["IndexGaps"][];
            /**
             * Heard Here
             * @description Whether this process itself hears the venues, so that `feed` is known.
             */
            heard_here: boolean;
        } & {
            [key: string]: unknown;
        };
        /**
         * WeightingMethod
         * @description A weighting method, as an index's `weighting` names it.
         */
        WeightingMethod: {
            /**
             * Words
             * @description As people read it.
             * @example by market cap
             */
            words: string;
            /**
             * Keys
             * @description The settings that it takes from a definition.
             */
            keys: string[];
            /**
             * Stated
             * @description Whether the definition alone gives the weights.
             */
            stated: boolean;
        } & {
            [key: string]: unknown;
        };
        /**
         * WhatIf
         * @description An index that might be, over the kept history.
         */
        WhatIf: {
            /**
             * Index
             * @description The table `[index.X]` of an index file, without what rings: `assets` or `weights`, `weighting`, `rebalance`, `benchmarks` (assets, or indices of this gateway), `return_interval`, `alerts` …
             * @example {
             *       "rebalance": "monthly",
             *       "weights": {
             *         "BTC": 0.5,
             *         "ETH": 0.5
             *       }
             *     }
             */
            index: {
                [key: string]: unknown;
            };
            /**
             * Assets
             * @description The tables `[asset.X]`: what happens to coins.
             * @default {}
             * @example {
             *       "MATIC": {
             *         "event": [
             *           {
             *             "at": "2024-09-04T00:00:00Z",
             *             "becomes": "POL"
             *           }
             *         ]
             *       }
             *     }
             */
            assets: {
                [key: string]: unknown;
            };
            /**
             * From
             * @description Prices behind this time; the start of what is kept if not given.
             * @example 2020-01-01
             */
            from?: (string | number) | null;
            /**
             * To
             * @description Prices up to this time.
             */
            to?: (string | number) | null;
            /**
             * Step
             * @description The bars whose closes are taken; the longest within the return interval if not given.
             * @example 1d
             */
            step?: ("1m" | "1h" | "1d") | null;
        };
        /**
         * WhatIfAnswer
         * @description What would have been.
         */
        WhatIfAnswer: {
            /**
             * From
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            from: string;
            /**
             * To
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            to: string;
            /**
             * Index
             * @description The id of the index.
             * @example TOP3
             */
            index: string;
            /**
             * Step
             * @description Seconds of a bar.
             * @example 86400
             */
            step: number;
            /**
             * Rows
             * @description Prices in all.
             * @example 35040
             */
            rows: number;
            /** Assets */
            assets: {
                [key: string]: components["schemas"]["KeptPrices"];
            };
            /** Warnings */
            warnings: string[];
            definition: components["schemas"]["StoredDefinition"];
            /** @description Every figure at the end, as `tidegauge replay` has it; null where a price of some asset is missing throughout. */
            snapshot: components["schemas"]["Snapshot"] | null;
            /**
             * Alerts
             * @description The last hundred.
             */
            alerts: components["schemas"]["AlertRecord"][];
            /** Alerts Total */
            alerts_total: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * WordSpan
         * @description A word that held for a while.
         */
        WordSpan: {
            /**
             * From
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            from: string;
            /**
             * To
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            to: string;
            /**
             * Value
             * @example bull
             */
            value: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * WrongPart
         * @description One part of a request that is not as it should be.
         */
        WrongPart: {
            /**
             * Name
             * @description The parameter, or the path in the body.
             * @example step
             */
            name: string;
            /**
             * Where
             * @description query, path, header or body.
             * @example query
             */
            where: string;
            /**
             * Detail
             * @example a length such as 1s, 5m, 4h, 1d or 1w
             */
            detail: string;
        };
        /**
         * ProblemDetails
         * @description An error (RFC 9457, media type application/problem+json).
         */
        ProblemDetails: {
            /**
             * Type
             * @description The kind, as an address that says more.
             * @example /v1/problems/unknown-index
             */
            type: string;
            /**
             * Title
             * @description The kind in words.
             * @example There is no such index
             */
            title: string;
            /**
             * Status
             * @description The status of the answer.
             * @example 404
             */
            status: number;
            /**
             * Detail
             * @description What is wrong here, and what would be right.
             * @example no index 'TOP33'; did you mean TOP3?
             */
            detail: string;
            /**
             * Do
             * @description What to do about this kind.
             * @example `near` has ids that look alike; all are at /v1/indices
             */
            do: string;
            /**
             * Instance
             * @description This occurrence, in the gateway's log too; of faults of ours.
             * @default null
             */
            instance: string | null;
            /**
             * Errors
             * @description Of `malformed`: each part.
             * @default null
             */
            errors: components["schemas"]["WrongPart"][] | null;
            /**
             * Near
             * @description Names that look like the unknown one, best first.
             * @default null
             * @example [
             *       "TOP3"
             *     ]
             */
            near: string[] | null;
            /**
             * Profiles
             * @description Of `unknown-profile`: all there are.
             * @default null
             */
            profiles: string[] | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    healthz_healthz_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alive"];
                };
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    readyz_readyz_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Not well; `reasons` says why. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
        };
    };
    metrics_metrics_get: {
        parameters: {
            query?: {
                /** @description Also level, drawdown and status of the first 1,000 indices, by id. */
                indices?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain; version=0.0.4; charset=utf-8": string;
                };
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    list_indices_v1_indices_get: {
        parameters: {
            query?: {
                /** @description Rows of one answer. */
                limit?: number;
                /** @description `next` of the answer before, to go on from there. */
                cursor?: string | null;
                /** @description json, csv or arrow (an Arrow IPC stream), as the header Accept may say too. */
                format?: ("json" | "csv" | "arrow") | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IndexRows"];
                    "text/csv": unknown;
                    "application/vnd.apache.arrow.stream": unknown;
                };
            };
            /** @description Still as the ETag in If-None-Match says. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `not-acceptable`: None of the forms that are accepted can be given */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `bad-cursor`: The cursor is none of ours; `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    read_index_v1_indices__index__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of an index. */
                index: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IndexWhole"];
                };
            };
            /** @description Still as the ETag in If-None-Match says. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-index`: There is no such index */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    read_composition_v1_indices__index__composition_get: {
        parameters: {
            query?: {
                /** @description Rebalances told. */
                limit?: number;
                /** @description `next` of the answer before, to go on from there. */
                cursor?: string | null;
            };
            header?: never;
            path: {
                /** @description The id of an index. */
                index: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Composition"];
                };
            };
            /** @description Still as the ETag in If-None-Match says. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-index`: There is no such index */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unfit`: The parts of the request do not fit together; `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unreadable`: The tables cannot be read now */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    read_history_v1_indices__index__history_get: {
        parameters: {
            query?: {
                /** @description Not before this time. */
                from?: (string | number) | null;
                /** @description Before this time. */
                to?: (string | number) | null;
                /** @description From one row to the next. */
                step?: string | null;
                /** @description Paths of a snapshot with commas between, in place of candles. */
                figures?: string | null;
                /** @description json, csv or arrow (an Arrow IPC stream), as the header Accept may say too. */
                format?: ("json" | "csv" | "arrow") | null;
            };
            header?: never;
            path: {
                /** @description The id of an index, or `asset:X` for the price of an asset that one holds. */
                index: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SeriesHistory"];
                    "text/csv": unknown;
                    "application/vnd.apache.arrow.stream": unknown;
                };
            };
            /** @description Still as the ETag in If-None-Match says. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-index`: There is no such index; `unknown-asset`: There is no such asset; `unknown-figure`: There is no such figure; `no-history`: This gateway has no tables of the past */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `not-acceptable`: None of the forms that are accepted can be given */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unfit`: The parts of the request do not fit together; `too-much`: This is more than is computed or told at once; `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `busy`: Others are being answered; `unreadable`: The tables cannot be read now */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    compare_v1_compare_get: {
        parameters: {
            query: {
                /** @description 2 to 20 ids of indices or `asset:X`, with commas and nothing else between. */
                ids: string;
                /** @description Not before this time. */
                from?: (string | number) | null;
                /** @description Before this time. */
                to?: (string | number) | null;
                /** @description The bars, 1m, 1h or 1d: those that fit the common time if not given. */
                step?: string | null;
                /** @description Tell the closes over time, too, and beta and correlation of the first series against each other one over so many bars. */
                window?: number | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Comparison"];
                };
            };
            /** @description Still as the ETag in If-None-Match says. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-index`: There is no such index; `unknown-asset`: There is no such asset; `no-history`: This gateway has no tables of the past */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unfit`: The parts of the request do not fit together; `nothing-kept`: Nothing is kept of this time; `too-much`: This is more than is computed or told at once; `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `busy`: Others are being answered; `unreadable`: The tables cannot be read now */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    list_alerts_v1_alerts_get: {
        parameters: {
            query?: {
                /** @description Those that fire (true), or do no more (false). */
                open?: boolean | null;
                /** @description Of this index. */
                index?: string | null;
                /** @description Of this kind. */
                kind?: string | null;
                /** @description Of this severity. */
                severity?: ("info" | "warning" | "critical") | null;
                /** @description What is judged once a day, warning signs and targets (true), or all else. */
                slow?: boolean | null;
                /** @description Not before this time. */
                from?: (string | number) | null;
                /** @description Episodes told. */
                limit?: number;
                /** @description `next` of the answer before, to go on from there. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EpisodeList"];
                };
            };
            /** @description Still as the ETag in If-None-Match says. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-index`: There is no such index */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unfit`: The parts of the request do not fit together; `bad-cursor`: The cursor is none of ours; `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    get_episode_v1_alerts__episode__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of an episode, or how it begins: six characters at least. */
                episode: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EpisodeModel"];
                };
            };
            /** @description Still as the ETag in If-None-Match says. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-episode`: There is no such episode */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    list_silences_v1_silences_get: {
        parameters: {
            query?: {
                /** @description Those that are over, too. */
                past?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SilenceList"];
                };
            };
            /** @description Still as the ETag in If-None-Match says. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    add_silence_v1_silences_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SilenceAsked"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SilenceModel"];
                };
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-large`: The request's body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unfit`: The parts of the request do not fit together; `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unwritable`: This gateway cannot write to its log */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    delete_silence_v1_silences__silence__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a silence, or how it begins: six characters at least. */
                silence: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SilenceModel"];
                };
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-silence`: There is no such silence that holds or is to come */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unwritable`: This gateway cannot write to its log */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    acknowledge_episode_v1_alerts__episode__acknowledgement_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of an episode, or how it begins: six characters at least. */
                episode: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["AcknowledgementAsked"] | null;
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcknowledgementModel"];
                };
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-episode`: There is no such episode */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-large`: The request's body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unfit`: The parts of the request do not fit together; `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unwritable`: This gateway cannot write to its log */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    take_back_acknowledgement_v1_alerts__episode__acknowledgement_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of an episode, or how it begins: six characters at least. */
                episode: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcknowledgementModel"];
                };
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-episode`: There is no such episode */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unfit`: The parts of the request do not fit together; `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unwritable`: This gateway cannot write to its log */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    list_rules_v1_rules_get: {
        parameters: {
            query?: {
                /** @description Of this index. */
                index?: string | null;
                /** @description Words that index, rule or figure have in them. */
                search?: string;
                /** @description Rules told. */
                limit?: number;
                /** @description `next` of the answer before, to go on from there. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleList"];
                };
            };
            /** @description Still as the ETag in If-None-Match says. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-index`: There is no such index */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `bad-cursor`: The cursor is none of ours; `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    add_rule_v1_rules_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRule"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleChange"];
                };
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-index`: There is no such index */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `exists`: There is one of this name already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-large`: The request's body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `bad-definition`: The definition cannot be used; `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unwritable`: This gateway cannot write to its log */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    one_rule_v1_rules__index___rule__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of an index. */
                index: string;
                /** @description The name of a rule, as alerts have it. */
                rule: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleSettings"];
                };
            };
            /** @description Still as the ETag in If-None-Match says. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-index`: There is no such index; `unknown-rule`: The index has no such rule */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    change_rule_v1_rules__index___rule__put: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag that the rule had when it was read; where it has another one now, nothing is changed (412). Without it the last one to change a rule wins. */
                "If-Match"?: string | null;
            };
            path: {
                /** @description The id of an index. */
                index: string;
                /** @description The name of a rule, as alerts have it. */
                rule: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleAsked"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleChange"];
                };
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-index`: There is no such index; `unknown-rule`: The index has no such rule */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `exists`: There is one of this name already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `changed-meanwhile`: It is not as it was when it was read */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-large`: The request's body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `bad-definition`: The definition cannot be used; `unfit`: The parts of the request do not fit together; `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unwritable`: This gateway cannot write to its log */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    remove_rule_v1_rules__index___rule__delete: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag that the rule had when it was read; where it has another one now, nothing is changed (412). Without it the last one to change a rule wins. */
                "If-Match"?: string | null;
            };
            path: {
                /** @description The id of an index. */
                index: string;
                /** @description The name of a rule, as alerts have it. */
                rule: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleChange"];
                };
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-index`: There is no such index; `unknown-rule`: The index has no such rule */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `changed-meanwhile`: It is not as it was when it was read */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-large`: The request's body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `bad-definition`: The definition cannot be used; `unfit`: The parts of the request do not fit together; `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unwritable`: This gateway cannot write to its log */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    backtest_v1_rules_backtest_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BacktestAsked"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BacktestAnswer"];
                };
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-index`: There is no such index; `no-history`: This gateway has no tables of the past */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-large`: The request's body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `bad-definition`: The definition cannot be used; `unfit`: The parts of the request do not fit together; `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unreadable`: The tables cannot be read now; `busy`: Others are being answered */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    rank_v1_rank_get: {
        parameters: {
            query: {
                /** @description One of conservative, balanced, aggressive; or a figure by its name as a target or its path, for the order by it alone; or one's own weights of several. */
                profile: string;
                /** @description Over the time that all have in common, by daily closes. */
                common?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ranking"];
                };
            };
            /** @description Still as the ETag in If-None-Match says. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-profile`: There is no such profile; `no-history`: This gateway has no tables of the past */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unfit`: The parts of the request do not fit together; `too-much`: This is more than is computed or told at once; `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `busy`: Others are being answered; `unreadable`: The tables cannot be read now */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    read_report_v1_reports__ids__get: {
        parameters: {
            query?: {
                /** @description Not before this time. */
                from?: (string | number) | null;
                /** @description Before this time. */
                to?: (string | number) | null;
                /** @description A month, a quarter or a year in place of `from` and `to`. */
                period?: string | null;
                /** @description html or json, as the header Accept may say too. */
                format?: ("json" | "csv" | "arrow" | "html") | null;
            };
            header?: never;
            path: {
                /** @description 1 to 10 ids of indices, with commas between. */
                ids: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Report"];
                    "text/html": unknown;
                };
            };
            /** @description Still as the ETag in If-None-Match says. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-index`: There is no such index; `no-history`: This gateway has no tables of the past */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `not-acceptable`: None of the forms that are accepted can be given */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unfit`: The parts of the request do not fit together; `nothing-kept`: Nothing is kept of this time; `too-much`: This is more than is computed or told at once; `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `busy`: Others are being answered; `unreadable`: The tables cannot be read now */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    list_venues_v1_venues_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Venues"];
                };
            };
            /** @description Still as the ETag in If-None-Match says. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    read_definitions_v1_definitions_get: {
        parameters: {
            query?: {
                /** @description false leaves the indices' own out: of ten thousand they are 4 MB. */
                indices?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Definitions"];
                };
            };
            /** @description Still as the ETag in If-None-Match says. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    what_if_v1_what_if_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WhatIf"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WhatIfAnswer"];
                };
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-asset`: There is no such asset; `unknown-index`: There is no such index; `no-history`: This gateway has no tables of the past */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-large`: The request's body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `bad-definition`: The definition cannot be used; `unfit`: The parts of the request do not fit together; `nothing-kept`: Nothing is kept of this time; `too-much`: This is more than is computed or told at once; `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `busy`: Others are being answered */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    list_schemas_v1_schemas_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SchemaNames"];
                };
            };
            /** @description Still as the ETag in If-None-Match says. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    read_schema_v1_schemas__record__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of a record. */
                record: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A JSON Schema (https://json-schema.org/draft/2020-12/schema). */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "$schema": "https://json-schema.org/draft/2020-12/schema",
                     *       "title": "alert",
                     *       "type": "object"
                     *     }
                     */
                    "application/json": Record<string, unknown>;
                };
            };
            /** @description Still as the ETag in If-None-Match says. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-record`: There is no such record */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    list_problems_v1_problems_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemKind"][];
                };
            };
            /** @description Still as the ETag in If-None-Match says. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    read_problem_v1_problems__kind__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The last part of a problem's `type`. */
                kind: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemKind"];
                };
            };
            /** @description Still as the ETag in If-None-Match says. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-problem`: There is no such kind of problem */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    session_v1_session_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionModel"];
                };
            };
            /** @description Still as the ETag in If-None-Match says. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    begin_v1_session_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Key
                     * @example tg_…
                     */
                    key: string;
                };
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionModel"];
                };
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-large`: The request's body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    end_v1_session_delete: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `no-key`: This needs a key; `bad-key`: The key is none of ours, or is valid no more */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `foreign-origin`: A page of another origin asks; `plain-http`: A key came over plain HTTP from another machine */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unknown-host`: This gateway does not know the host that it is asked as */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `malformed`: The request is not as the description says */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `too-often`: These are too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `head-too-large`: The head of the request is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `failed`: The gateway failed to answer */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description `unwritable`: This gateway cannot write to its log */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
}
