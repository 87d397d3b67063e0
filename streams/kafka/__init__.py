"""The log on Kafka: aiokafka for reading and writing, Faust for the stages."""
