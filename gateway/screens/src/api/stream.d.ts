// Made by `make types` from what the gateway says of itself; not to be changed by hand.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * SubscribedMessage
         * @description A request was taken: what of this view is followed now, null for all indices.
         */
        SubscribedMessage: {
            /** @enum {unknown} */
            type: "subscribed";
            cursor: string | null;
            /** @enum {unknown} */
            view: "alerts" | "episodes" | "figures" | "levels" | "rows" | "snapshots";
            indices: string[] | null;
            figures: string[];
            every: number;
            request: string | null;
        };
        /**
         * RowsMessage
         * @description Rows that changed, or all that are followed (`whole`), then in so many parts.
         */
        RowsMessage: {
            /** @enum {unknown} */
            type: "rows";
            cursor: string | null;
            rows: components["schemas"]["IndexRow"][];
            whole: boolean;
            part: number;
            parts: number;
        };
        /**
         * IndexRow
         * @description An index in the list of indices: its snapshot in short, at its newest level.
         */
        IndexRow: {
            index: string;
            name: string;
            status: string | null;
            origin: string | null;
            seq: number | null;
            as_of: string | null;
            level: number | null;
            peak: number | null;
            returns: {
                [key: string]: number | null;
            };
            risk: {
                [key: string]: number | null;
            };
            drawdown: {
                [key: string]: number | null;
            };
            flags: string[];
            undefined: {
                [key: string]: string;
            };
        };
        /**
         * SnapshotsMessage
         * @description Whole snapshots, as `/v1/indices/{id}` has them.
         */
        SnapshotsMessage: {
            /** @enum {unknown} */
            type: "snapshots";
            cursor: string | null;
            snapshots: components["schemas"]["Snapshot"][];
        };
        /**
         * ChangesMessage
         * @description Snapshots that changed, each to be laid over the one before, section by section.
         */
        ChangesMessage: {
            /** @enum {unknown} */
            type: "changes";
            cursor: string | null;
            changes: components["schemas"]["SnapshotChange"][];
        };
        /**
         * SnapshotChange
         * @description The sections of a newer snapshot that are not as before. With a `seq` that the client
         *         has it is the same snapshot, whose status has aged.
         */
        SnapshotChange: {
            index: string;
            seq: number;
            sections: Record<string, unknown>;
        };
        /**
         * LevelsMessage
         * @description Levels that changed.
         */
        LevelsMessage: {
            /** @enum {unknown} */
            type: "levels";
            cursor: string | null;
            levels: components["schemas"]["LevelRow"][];
        };
        /**
         * LevelRow
         * @description The newest level of an index. `left_out` levels of it since the one sent before were not
         *         sent, the first of them with the seq `first`; null, where nobody knows how many.
         */
        LevelRow: [
            string,
            number,
            string,
            number,
            number,
            number | null,
            number | null
        ];
        /**
         * FiguresMessage
         * @description Figures that changed.
         */
        FiguresMessage: {
            /** @enum {unknown} */
            type: "figures";
            cursor: string | null;
            figures: components["schemas"]["FigureValues"][];
        };
        /**
         * FigureValues
         * @description Figures of a snapshot by their paths, those of sections that changed; of null ones why.
         */
        FigureValues: {
            index: string;
            seq: number;
            as_of: string;
            values: Record<string, unknown>;
            undefined: {
                [key: string]: string;
            };
        };
        /**
         * AlertsMessage
         * @description Alerts, oldest first, every one; or (`whole`) the newest hundred and all that fire, newest
         *         first, firings and resolutions: an episode may be over by another one among them.
         *
         *         `firing` counts the episodes that fire now.
         */
        AlertsMessage: {
            /** @enum {unknown} */
            type: "alerts";
            cursor: string | null;
            alerts: components["schemas"]["Alert"][];
            firing: number;
            whole: boolean;
        };
        /**
         * EpisodesMessage
         * @description Episodes that fire and changed, and ids of those that fire no more; or all that fire
         *         (`whole`). `open` counts what fires now, `slow` those among them that
         *         are judged once a day.
         */
        EpisodesMessage: {
            /** @enum {unknown} */
            type: "episodes";
            cursor: string | null;
            episodes: components["schemas"]["FiringEpisode"][];
            closed: string[];
            open: number;
            slow: number;
            whole: boolean;
        };
        /**
         * FiringEpisode
         * @description What fires now: its figure then and now, who sees to it, which silence covers it. `slow`: it
         *         is judged once a day, no reason to wake anybody.
         */
        FiringEpisode: {
            episode: string;
            index: string;
            kind: string;
            rule: string;
            severity: string | null;
            slow: boolean;
            open: boolean;
            from: string;
            words: string | null;
            figure: string | null;
            then: number | string | null;
            now: components["schemas"]["FigureNow"];
            acknowledged: Record<string, unknown> | null;
            silenced: Record<string, unknown> | null;
        };
        /**
         * FigureNow
         * @description The index and the episode's figure now, whatever it was at the firing.
         */
        FigureNow: {
            status: string | null;
            as_of: string | null;
            level: number | null;
            drawdown: number | null;
            value: number | string | null;
        };
        /**
         * RetiredMessage
         * @description Indices that are no more.
         */
        RetiredMessage: {
            /** @enum {unknown} */
            type: "retired";
            cursor: string | null;
            indices: string[];
        };
        /**
         * GapMessage
         * @description What conflation left out of a view, told before what comes in its place.
         */
        GapMessage: {
            /** @enum {unknown} */
            type: "gap";
            cursor: string | null;
            /** @enum {unknown} */
            view: "alerts" | "episodes" | "figures" | "levels" | "rows" | "snapshots";
            gaps: components["schemas"]["LeftOutSnapshots"][];
        };
        /**
         * LeftOutSnapshots
         * @description So many snapshots of an index, the first and the last with these seqs, were not sent.
         */
        LeftOutSnapshots: {
            index: string;
            first: number;
            last: number;
            count: number;
        };
        /**
         * ResyncMessage
         * @description Of these indices (null: all) more may have been published since the client's cursor than is
         *         known here. What they are now follows.
         */
        ResyncMessage: {
            /** @enum {unknown} */
            type: "resync";
            cursor: string | null;
            /** @enum {unknown} */
            view: "alerts" | "episodes" | "figures" | "levels" | "rows" | "snapshots";
            /** @enum {unknown} */
            reason: "other_log" | "restarted" | "too_old";
            indices: string[] | null;
        };
        /**
         * HealthReport
         * @description How the gateway is; comes every two seconds, and so shows that the connection lives.
         */
        HealthReport: {
            /** @enum {unknown} */
            type: "health";
            ready: boolean;
            reasons: string[];
            notes: string[];
            indices: {
                [key: string]: number;
            };
            lag_seconds: number;
            left_out: {
                [key: string]: {
                    [key: string]: number;
                };
            };
        };
        /**
         * WarningMessage
         * @description The client does not read; if it does not within so many seconds, it is cut off.
         */
        WarningMessage: {
            /** @enum {unknown} */
            type: "warning";
            detail: string;
            seconds: number;
        };
        /**
         * ErrorMessage
         * @description A request was refused, as REST refuses it: `problem` is the kind, as an address that says
         *         more, `do` what to do about it. What was followed before still is.
         */
        ErrorMessage: {
            /** @enum {unknown} */
            type: "error";
            status: number;
            detail: string;
            near: string[];
            request: string | null;
            /** @default  */
            do: string;
            /** @default  */
            problem: string;
        };
        /**
         * Subscribe
         * @description Follow a view of these indices, of all of them where `indices` is null or not given.
         *
         *         The whole of it is sent first; with a `cursor` what changed since.
         */
        Subscribe: {
            /** @enum {unknown} */
            type: "subscribe";
            /**
             * @default snapshots
             * @enum {unknown}
             */
            view: "alerts" | "episodes" | "figures" | "levels" | "rows" | "snapshots";
            /** @default null */
            indices: string[] | null;
            /** @default [] */
            figures: string[];
            /** @default null */
            every: number | null;
            /** @default null */
            cursor: string | null;
            /** @default null */
            request: string | null;
        };
        /**
         * Unsubscribe
         * @description Follow a view of these indices no more; of none where `indices` is null or not given.
         */
        Unsubscribe: {
            /** @enum {unknown} */
            type: "unsubscribe";
            /**
             * @default snapshots
             * @enum {unknown}
             */
            view: "alerts" | "episodes" | "figures" | "levels" | "rows" | "snapshots";
            /** @default null */
            indices: string[] | null;
            /** @default null */
            request: string | null;
        };
        Snapshot: {
            index: string;
            seq: number;
            /** Format: date-time */
            as_of: string;
            undefined?: {
                [key: string]: string;
            };
            /** @enum {unknown} */
            status: "warming" | "live" | "degraded" | "stale";
            level?: number | null;
            composition?: {
                rebalanced_at?: string | null;
                divisor?: number | null;
                turnover_1y?: number | null;
                pending?: unknown;
                assets?: {
                    [key: string]: {
                        weight?: number | null;
                        target?: number | null;
                        price?: number | null;
                        return_today?: number | null;
                        contribution_today?: number | null;
                    } | null;
                } | ({
                    weight?: number | null;
                    target?: number | null;
                    price?: number | null;
                    return_today?: number | null;
                    contribution_today?: number | null;
                } | null)[] | null;
            } | null;
            returns?: {
                "1h"?: number | null;
                "1d"?: number | null;
                "7d"?: number | null;
                "30d"?: number | null;
                "90d"?: number | null;
                "1y"?: number | null;
                "3y"?: number | null;
                "5y"?: number | null;
                mtd?: number | null;
                qtd?: number | null;
                ytd?: number | null;
                inception?: number | null;
            } | null;
            annualised?: {
                "1y"?: number | null;
                "3y"?: number | null;
                "5y"?: number | null;
                inception?: number | null;
            } | null;
            cagr?: number | null;
            calendar?: {
                months?: {
                    [key: string]: {
                        return?: number | null;
                        excess?: {
                            [key: string]: number | null;
                        } | (number | null)[] | null;
                    } | null;
                } | ({
                    return?: number | null;
                    excess?: {
                        [key: string]: number | null;
                    } | (number | null)[] | null;
                } | null)[] | null;
                years?: {
                    [key: string]: {
                        return?: number | null;
                        excess?: {
                            [key: string]: number | null;
                        } | (number | null)[] | null;
                    } | null;
                } | ({
                    return?: number | null;
                    excess?: {
                        [key: string]: number | null;
                    } | (number | null)[] | null;
                } | null)[] | null;
            } | null;
            months?: {
                n?: number | null;
                mean?: number | null;
                volatility?: number | null;
                sharpe?: number | null;
                sortino?: number | null;
                best?: number | null;
                worst?: number | null;
                positive_share?: number | null;
            } | null;
            risk?: {
                n?: number | null;
                volatility?: number | null;
                downside_deviation?: number | null;
                ewma_volatility?: number | null;
                sharpe?: number | null;
                sharpe_se?: number | null;
                psr?: number | null;
                sortino?: number | null;
                calmar?: number | null;
                calmar_36m?: number | null;
                omega?: number | null;
                skew?: number | null;
                kurtosis?: number | null;
                var_95?: number | null;
                var_99?: number | null;
                cvar_95?: number | null;
                cvar_99?: number | null;
                var_95_cf?: number | null;
                var_99_cf?: number | null;
                var_95_exceedances?: {
                    n?: number | null;
                    expected?: number | null;
                    observed?: number | null;
                    kupiec_p?: number | null;
                } | null;
                var_99_exceedances?: {
                    n?: number | null;
                    expected?: number | null;
                    observed?: number | null;
                    kupiec_p?: number | null;
                } | null;
                win_rate?: number | null;
                payoff?: number | null;
                profit_factor?: number | null;
                gain_to_pain?: number | null;
                kelly?: number | null;
                d_ratio?: number | null;
                best_bar?: number | null;
                worst_bar?: number | null;
                best_day?: number | null;
                worst_day?: number | null;
                mean_return?: number | null;
                var_95_gaussian?: number | null;
                var_99_gaussian?: number | null;
                cvar_95_gaussian?: number | null;
                cvar_99_gaussian?: number | null;
                tail_ratio?: number | null;
                min_track_record?: number | null;
                upside_potential?: number | null;
                downside_potential?: number | null;
                upside_potential_ratio?: number | null;
                upside_deviation?: number | null;
                upside_frequency?: number | null;
                stability?: number | null;
                martin?: number | null;
                pain_ratio?: number | null;
                sterling?: number | null;
                burke?: number | null;
                burke_modified?: number | null;
                recovery_factor?: number | null;
            } | null;
            drawdown?: {
                current?: number | null;
                max?: number | null;
                max_daily?: number | null;
                peak_at?: string | null;
                trough_at?: string | null;
                recovered_at?: string | null;
                underwater_seconds?: number | null;
                longest_seconds?: number | null;
                recovery_seconds?: number | null;
                episodes?: {
                    [key: string]: {
                        depth?: number | null;
                        peak_at?: string | null;
                        trough_at?: string | null;
                        recovered_at?: string | null;
                    } | null;
                } | ({
                    depth?: number | null;
                    peak_at?: string | null;
                    trough_at?: string | null;
                    recovered_at?: string | null;
                } | null)[] | null;
                ulcer_index?: number | null;
                pain_index?: number | null;
                time_under_water?: number | null;
                average?: number | null;
                average_seconds?: number | null;
                durations?: {
                    n?: number | null;
                    p50?: number | null;
                    p75?: number | null;
                    p90?: number | null;
                    p95?: number | null;
                } | null;
            } | null;
            benchmarks?: {
                [key: string]: {
                    n?: number | null;
                    beta?: number | null;
                    ewma_beta?: number | null;
                    alpha?: number | null;
                    correlation?: number | null;
                    tracking_error?: number | null;
                    information_ratio?: number | null;
                    up_capture?: number | null;
                    down_capture?: number | null;
                    capture_ratio?: number | null;
                    excess?: {
                        [key: string]: number | null;
                    } | (number | null)[] | null;
                    r_squared?: number | null;
                    specific_risk?: number | null;
                    systematic_risk?: number | null;
                    treynor?: number | null;
                    active_premium?: number | null;
                    m_squared?: number | null;
                    m_squared_excess?: number | null;
                    appraisal?: number | null;
                    batting_average?: number | null;
                    up_number?: number | null;
                    down_number?: number | null;
                    up_percent?: number | null;
                    down_percent?: number | null;
                    up_beta?: number | null;
                    down_beta?: number | null;
                } | null;
            } | ({
                n?: number | null;
                beta?: number | null;
                ewma_beta?: number | null;
                alpha?: number | null;
                correlation?: number | null;
                tracking_error?: number | null;
                information_ratio?: number | null;
                up_capture?: number | null;
                down_capture?: number | null;
                capture_ratio?: number | null;
                excess?: {
                    [key: string]: number | null;
                } | (number | null)[] | null;
                r_squared?: number | null;
                specific_risk?: number | null;
                systematic_risk?: number | null;
                treynor?: number | null;
                active_premium?: number | null;
                m_squared?: number | null;
                m_squared_excess?: number | null;
                appraisal?: number | null;
                batting_average?: number | null;
                up_number?: number | null;
                down_number?: number | null;
                up_percent?: number | null;
                down_percent?: number | null;
                up_beta?: number | null;
                down_beta?: number | null;
            } | null)[] | null;
            windows?: {
                [key: string]: {
                    n?: number | null;
                    benchmarks?: {
                        [key: string]: {
                            n?: number | null;
                            beta?: number | null;
                            correlation?: number | null;
                            alpha?: number | null;
                            information_ratio?: number | null;
                        } | null;
                    } | ({
                        n?: number | null;
                        beta?: number | null;
                        correlation?: number | null;
                        alpha?: number | null;
                        information_ratio?: number | null;
                    } | null)[] | null;
                    return?: number | null;
                    volatility?: number | null;
                    sharpe?: number | null;
                    sortino?: number | null;
                    max_drawdown?: number | null;
                    var_95?: number | null;
                } | null;
            } | ({
                n?: number | null;
                benchmarks?: {
                    [key: string]: {
                        n?: number | null;
                        beta?: number | null;
                        correlation?: number | null;
                        alpha?: number | null;
                        information_ratio?: number | null;
                    } | null;
                } | ({
                    n?: number | null;
                    beta?: number | null;
                    correlation?: number | null;
                    alpha?: number | null;
                    information_ratio?: number | null;
                } | null)[] | null;
                return?: number | null;
                volatility?: number | null;
                sharpe?: number | null;
                sortino?: number | null;
                max_drawdown?: number | null;
                var_95?: number | null;
            } | null)[] | null;
            rolling?: {
                [key: string]: {
                    latest?: number | null;
                    min?: number | null;
                    median?: number | null;
                    max?: number | null;
                    positive_share?: number | null;
                    n?: number | null;
                } | null;
            } | ({
                latest?: number | null;
                min?: number | null;
                median?: number | null;
                max?: number | null;
                positive_share?: number | null;
                n?: number | null;
            } | null)[] | null;
            regime?: {
                reference?: unknown;
                trend?: unknown;
                trend_since?: string | null;
                volatility?: unknown;
                volatility_since?: string | null;
            } | null;
            flags?: unknown;
            targets?: {
                [key: string]: unknown;
            } | unknown[] | null;
            quality?: {
                sources?: unknown;
                excluded?: unknown;
                flags?: unknown;
                approximate?: unknown;
                oldest_price_seconds?: number | null;
                gap_seconds_24h?: number | null;
                backfilled?: {
                    trades_24h?: number | null;
                    gaps_24h?: number | null;
                } | null;
                gap_drawdown?: number | null;
                unobserved_bars?: number | null;
            } | null;
        };
        /**
         * AlertRecord
         * @description An alert as it stands in the log: a firing, or its resolution.
         */
        Alert: {
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
             * @default null
             * @example warning
             */
            severity: string | null;
            /**
             * Origin
             * @default null
             */
            origin: ("live" | "backfill" | "replay") | null;
            /**
             * Level
             * @default null
             */
            level: number | null;
            /**
             * Peak
             * @default null
             */
            peak: number | null;
            /**
             * Drawdown
             * @default null
             */
            drawdown: number | null;
            /**
             * At
             * Format: date-time
             * @example 2026-11-27T12:00:00.25Z
             */
            at: string;
            /**
             * Peak At
             * @default null
             */
            peak_at: string | null;
            /**
             * Disputed
             * @default null
             */
            disputed: boolean | null;
            /** @default null */
            because: components["schemas"]["Because"] | null;
            /**
             * Evidence
             * @description The numbers of a flag or target.
             * @default null
             */
            evidence: {
                [key: string]: string | number | boolean | (string | number | boolean | null)[] | {
                    [key: string]: string | number | boolean | null;
                } | null;
            } | null;
            /**
             * Reason
             * @default null
             * @example rule_removed
             */
            reason: string | null;
            /** @default null */
            receipt: components["schemas"]["ReceiptModel"] | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * AssetEvidence
         * @description What an asset's price was made of when the alert came.
         */
        AssetEvidence: {
            /**
             * Price
             * @default null
             */
            price: number | null;
            /**
             * Weight
             * @description Its share of the index.
             * @default null
             * @example 0.5
             */
            weight: number | null;
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
             * @default null
             */
            seen: {
                [key: string]: components["schemas"]["SourceSeen"];
            } | null;
            /**
             * At
             * @description When that was.
             * @default null
             */
            at: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * Because
         * @description What an alert rests on.
         */
        Because: {
            /**
             * Words
             * @description One sentence for people.
             * @default null
             * @example TOP3 fell 10.4 % since 14:03: BTC −6.1, ETH −3.2, SOL −1.1
             */
            words: string | null;
            /**
             * Status
             * @default null
             */
            status: string | null;
            /**
             * Contributions
             * @description What each asset brought to the fall since the peak; they sum to it.
             * @default null
             * @example {
             *       "BTC": -0.061,
             *       "ETH": -0.032,
             *       "SOL": -0.011
             *     }
             */
            contributions: {
                [key: string]: number;
            } | null;
            /**
             * Sources
             * @description By asset.
             * @default null
             */
            sources: {
                [key: string]: components["schemas"]["AssetEvidence"];
            } | null;
            /** @default null */
            drawdown_bounds: components["schemas"]["DrawdownBounds"] | null;
            /**
             * Clusters
             * @default null
             */
            clusters: {
                [key: string]: components["schemas"]["ClusterModel"][];
            } | null;
            /**
             * Figure
             * @default null
             */
            figure: string | null;
            /**
             * Value
             * @default null
             */
            value: number | string | string[] | null;
            /**
             * Limit
             * @default null
             */
            limit: number | string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * ClusterModel
         * @description Sources of an asset that agree while others do not, and the level by their price.
         */
        ClusterModel: {
            /**
             * Price
             * @default null
             */
            price: number | null;
            /**
             * Share
             * @description Of the volume of all that are fresh.
             * @default null
             */
            share: number | null;
            /**
             * Sources
             * @default []
             */
            sources: string[];
            /**
             * Level
             * @default null
             */
            level: number | null;
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
             * @default null
             * @example 4
             */
            engine: string | null;
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
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
