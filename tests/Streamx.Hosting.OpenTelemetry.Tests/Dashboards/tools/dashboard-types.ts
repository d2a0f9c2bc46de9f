// What Grafana's own types say a dashboard file may hold, for the panels that ours has.
import type * as grafana from '@grafana/schema';
import type * as heatmap from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as stateTimeline from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as timeSeries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

/** A type as it looks in JSON, where a member of an enumeration is its text, and where defaults can be left out. */
type Json<T> =
  T extends string ? `${T}` :
  T extends number ? number :
  T extends (infer Item)[] ? Json<Item>[] :
  T extends object ? { [Key in keyof T]?: Json<T[Key]> } :
  T;

/** A query of the Prometheus data source; its types are not published. */
interface Target {
  refId: string;
  datasource: grafana.DataSourceRef;
  editorMode: 'code' | 'builder';
  expr: string;
  legendFormat: string;
  instant: boolean;
  range: boolean;
  format: 'time_series' | 'table' | 'heatmap';
}

/** A link of a value; not published either. */
interface DataLink {
  title: string;
  url: string;
  targetBlank: boolean;
}

type PanelOf<Type extends string, Options, Custom> =
  Omit<Json<grafana.Panel>, 'type' | 'options' | 'fieldConfig' | 'targets' | 'datasource'> & {
    id: number;
    type: Type;
    title: string;
    description: string;
    datasource: grafana.DataSourceRef;
    options: Json<Options>;
    fieldConfig: { defaults: Omit<Json<grafana.FieldConfig>, 'custom' | 'links'> & { custom?: Json<Custom>; links?: DataLink[] }; overrides: [] };
    targets: Target[];
  };

type AnyPanel =
  | (Omit<Json<grafana.RowPanel>, 'type'> & { type: 'row' })
  | PanelOf<'heatmap', heatmap.Options, heatmap.FieldConfig>
  | PanelOf<'stat', stat.Options, never>
  | PanelOf<'state-timeline', stateTimeline.Options, stateTimeline.FieldConfig>
  | PanelOf<'table', table.Options, table.FieldConfig>
  | PanelOf<'timeseries', timeSeries.Options, timeSeries.FieldConfig>;

/** An annotation from Prometheus has more than the schema knows. */
type Annotation = Json<grafana.AnnotationQuery> & { expr?: string; titleFormat?: string; textFormat?: string; tagKeys?: string; step?: string; useValueForTime?: boolean };

export type DashboardFile = Omit<Json<grafana.Dashboard>, 'panels' | 'annotations'> & {
  uid: string;
  title: string;
  panels: AnyPanel[];
  annotations: { list: Annotation[] };
};
